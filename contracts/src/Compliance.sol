// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus, IAccounts} from "./IAccounts.sol";
import {Eligibility} from "./Eligibility.sol";
import {Counted, ICompliance, Provisional, Quote, Rule} from "./ICompliance.sol";
import {ICredits, Line, Purpose, Retiree} from "./ICredits.sol";
import {IAuthority} from "./IAuthority.sol";
import {IEmissions} from "./IEmissions.sol";
import {IFilings} from "./IFilings.sol";
import {IPool} from "./IPool.sol";
import {IRecognition} from "./IRecognition.sol";
import {IRuleSets, POOLED, PROVISIONAL, RareRules} from "./IRuleSets.sol";

/// @title Compliance
/// @notice Takes the grams of an offset once every rule was checked, and keeps what can still be reversed.
contract Compliance is Eligibility {
    uint256 private constant MAX_LINES = 50;

    /// @inheritdoc ICompliance
    mapping(uint64 offsetId => bytes32) public provisionalHashOf;
    /// @inheritdoc ICompliance
    uint64 public provisionalCount;

    constructor(
        IAuthority authority,
        address desk,
        IAccounts accounts,
        IFilings filings,
        IRecognition recognition,
        IRuleSets ruleSets,
        IEmissions emissions,
        ICredits credits
    ) Eligibility(authority, desk, accounts, filings, recognition, ruleSets, emissions, credits) {}

    // ---------------------------------------------------------------- admin

    /// @inheritdoc ICompliance
    function reverseByOrder(uint32 jurisdiction, uint64 offsetId, Provisional memory details, bytes32 reasonHash)
        external
        throughDesk
    {
        if (reasonHash == bytes32(0)) revert InvalidField("reasonHash");
        _closeProvisional(offsetId, details);
        _requireOwnAccount(jurisdiction, details.account);
        _giveBack(jurisdiction, offsetId, details, reasonHash);
    }

    // -------------------------------------------------------------- actions

    /// @inheritdoc ICompliance
    function offset(address account, uint16 year, Line[] calldata lines, bytes32 beneficiary, bytes32 statementHash)
        external
        returns (uint64 firstRetirementId, uint64 offsetId)
    {
        (AccountStatus status, uint32 jurisdiction) = _authorise(account);
        if (lines.length == 0 || lines.length > MAX_LINES) revert InvalidLineCount(lines.length);
        Standing memory standing = _standingOf(account, year, status, jurisdiction);
        Counted[] memory counted = _countAll(standing, lines);
        Retiree memory retiree = Retiree(account, Purpose.ComplianceOffset, beneficiary, statementHash, msg.sender, false);
        if (standing.rules.has(PROVISIONAL)) return (0, _lock(standing, retiree, counted));
        firstRetirementId = CREDITS.retireFor(retiree, lines);
        _announceAll(firstRetirementId, retiree, year, standing.rules.version(), counted);
    }

    /// @inheritdoc IPool
    function reserve(address account, uint16 year, uint64 grams) external {
        (AccountStatus status, uint32 jurisdiction) = _authorise(account);
        Standing memory standing = _standingOf(account, year, status, jurisdiction);
        if (standing.refusal != Rule.None && standing.refusal < Rule.BeforeOpening) {
            revert ReservationRefused(account, year, standing.refusal);
        }
        if (!standing.rules.has(POOLED)) revert NoPool(jurisdiction, year);
        uint256 capLeft = _left(standing.capGrams, uint256(standing.tally.localGrams) + standing.tally.otherGrams);
        _reserve(jurisdiction, account, year, grams, standing.rare, capLeft);
    }

    /// @inheritdoc ICompliance
    function reverse(uint64 offsetId, Provisional memory details) external {
        _closeProvisional(offsetId, details);
        if (block.timestamp > details.reversibleUntil) {
            revert ReversalOver(offsetId, details.reversibleUntil, uint40(block.timestamp));
        }
        uint32 jurisdiction = _authoriseActive(details.account);
        bool localGone = _giveBack(jurisdiction, offsetId, details, bytes32(0));
        if (localGone) _requireShare(offsetId, jurisdiction, details.account, details.year);
    }

    /// @inheritdoc ICompliance
    function finalise(uint64 offsetId, Provisional memory details) external returns (uint64 firstRetirementId) {
        _closeProvisional(offsetId, details);
        if (block.timestamp <= details.reversibleUntil) {
            revert ReversalOpen(offsetId, details.reversibleUntil, uint40(block.timestamp));
        }
        uint64 countedGrams = 0;
        for (uint256 i = 0; i < details.lines.length; ++i) {
            countedGrams += details.lines[i].countedGrams;
        }
        _duties[details.account][details.year].provisionalGrams -= countedGrams;
        firstRetirementId = _retireLocked(details);
        emit OffsetFinalised(offsetId, details.account, details.year, details, firstRetirementId, msg.sender);
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc ICompliance
    function quote(address account, uint16 year, uint256 batchId) external view returns (Quote memory result) {
        AccountStatus status = ACCOUNTS.statusOf(account);
        Standing memory standing = _standingOf(account, year, status, _jurisdictionOf(account));
        (result,,) = _evaluate(standing, batchId, 0);
    }

    // ------------------------------------------------------------- internal

    function _retireLocked(Provisional memory details) private returns (uint64 firstId) {
        Line[] memory lines = new Line[](details.lines.length);
        for (uint256 i = 0; i < lines.length; ++i) {
            lines[i] = Line(details.lines[i].batchId, details.lines[i].grams);
        }
        Retiree memory retiree = Retiree({
            account: details.account,
            purpose: Purpose.ComplianceOffset,
            beneficiary: details.beneficiary,
            statementHash: details.statementHash,
            by: details.by,
            locked: true
        });
        firstId = CREDITS.retireFor(retiree, lines);
        _announceAll(firstId, retiree, details.year, details.ruleVersion, details.lines);
    }

    function _announceAll(uint64 firstId, Retiree memory retiree, uint16 year, uint16 ruleVersion, Counted[] memory lines)
        private
    {
        for (uint256 i = 0; i < lines.length; ++i) {
            _announce(firstId + uint64(i), year, ruleVersion, lines[i], retiree);
        }
    }

    function _announce(uint64 retirementId, uint16 year, uint16 ruleVersion, Counted memory line, Retiree memory retiree)
        private
    {
        emit OffsetMade(
            retirementId,
            retiree.account,
            year,
            line.batchId,
            line.grams,
            line.countedGrams,
            line.local,
            line.preferred,
            line.termsKey,
            ruleVersion,
            retiree.by
        );
    }

    function _lock(Standing memory standing, Retiree memory retiree, Counted[] memory lines) private returns (uint64 offsetId) {
        Provisional memory details = Provisional({
            account: standing.account,
            year: standing.year,
            ruleVersion: standing.rules.version(),
            reversibleUntil: uint40(block.timestamp + standing.rare.reversalSeconds),
            by: retiree.by,
            beneficiary: retiree.beneficiary,
            statementHash: retiree.statementHash,
            lines: lines
        });
        for (uint256 i = 0; i < details.lines.length; ++i) {
            CREDITS.lock(details.account, details.lines[i].batchId, details.lines[i].grams);
        }
        _duties[details.account][details.year].provisionalGrams += standing.takenGrams;
        offsetId = ++provisionalCount;
        provisionalHashOf[offsetId] = keccak256(abi.encode(details));
        emit ProvisionalOffsetMade(offsetId, details.account, details.year, details);
    }

    /// @dev It is the provisional offset of this number, and is none from now on.
    function _closeProvisional(uint64 offsetId, Provisional memory details) private {
        bytes32 stored = provisionalHashOf[offsetId];
        // Two hashes are the same or they are not; nobody can come near.
        // slither-disable-next-line incorrect-equality
        if (stored == bytes32(0) || stored != keccak256(abi.encode(details))) revert NotProvisional(offsetId);
        delete provisionalHashOf[offsetId];
    }

    /// @dev Undoes the counting and frees the grams. Answers whether local grams were among them.
    // The ledger is a contract of the register, fixed for ever, and does not call back.
    // slither-disable-next-line reentrancy-no-eth
    function _giveBack(uint32 jurisdiction, uint64 offsetId, Provisional memory details, bytes32 reasonHash)
        private
        returns (bool localGone)
    {
        Duty storage duty = _duties[details.account][details.year];
        Tally memory tally = duty.tally;
        uint64 total = 0;
        for (uint256 i = 0; i < details.lines.length; ++i) {
            Counted memory line = details.lines[i];
            total += line.countedGrams;
            if (line.local) {
                tally.localGrams -= line.countedGrams;
                localGone = true;
            } else {
                tally.otherGrams -= line.countedGrams;
                recognisedGrams[line.termsKey][details.year] -= line.grams;
            }
            if (line.preferred) tally.preferredGrams -= line.countedGrams;
            CREDITS.unlock(details.account, line.batchId, line.grams);
        }
        duty.tally = tally;
        duty.provisionalGrams -= total;
        if (_rulesOf(jurisdiction, details.year).has(POOLED)) _giveBackToPool(jurisdiction, details.year, total);
        emit OffsetReversed(offsetId, details.account, details.year, details, reasonHash, msg.sender);
    }

    function _requireShare(uint64 offsetId, uint32 jurisdiction, address account, uint16 year) private view {
        Tally memory tally = _duties[account][year].tally;
        RareRules memory rare = _rareOf(jurisdiction, year);
        if (!_meetsShare(_rulesOf(jurisdiction, year), rare, tally)) {
            revert LocalShareMissed(offsetId, tally.localGrams, tally.otherGrams);
        }
    }
}
