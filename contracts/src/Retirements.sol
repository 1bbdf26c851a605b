// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus} from "./IAccounts.sol";
import {Role} from "./IAuthority.sol";
import {Batch, ICredits, Line, Purpose, Retiree, Retirement} from "./ICredits.sol";
import {Ledger} from "./Ledger.sol";

/// @title Retirements
/// @notice Takes credits out for ever, for a claim, and keeps for which serials and for what.
abstract contract Retirements is Ledger {
    uint256 private constant MAX_RETIRED_LINES = 100;

    mapping(uint256 batchId => mapping(uint56 serialStart => Retirement)) private _retirements;
    uint64 private _retirementCount;

    // -------------------------------------------------------------- actions

    /// @inheritdoc ICredits
    function retire(uint256 batchId, address account, uint64 grams, Purpose purpose, bytes32 beneficiary, bytes32 statementHash)
        external
        returns (uint64 retirementId)
    {
        Line[] memory lines = new Line[](1);
        lines[0] = Line(batchId, grams);
        return _claim(Retiree(account, purpose, beneficiary, statementHash, msg.sender, false), lines);
    }

    /// @inheritdoc ICredits
    function retireMany(address account, Line[] calldata lines, Purpose purpose, bytes32 beneficiary, bytes32 statementHash)
        external
        returns (uint64 firstRetirementId)
    {
        return _claim(Retiree(account, purpose, beneficiary, statementHash, msg.sender, false), lines);
    }

    /// @inheritdoc ICredits
    function retireFor(Retiree calldata retiree, Line[] calldata lines)
        external
        onlyModule(Role.Retirer)
        returns (uint64 firstRetirementId)
    {
        if (retiree.purpose == Purpose.None) revert InvalidPurpose(Purpose.None);
        _requireStatus(retiree.account, AccountStatus.Restricted);
        return _retire(retiree, lines);
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc ICredits
    function retirementOf(uint256 batchId, uint56 serialStart) external view returns (Retirement memory retirement) {
        retirement = _retirements[batchId][serialStart];
        if (retirement.grams == 0) revert UnknownRetirement(batchId, serialStart);
    }

    /// @inheritdoc ICredits
    function retirementCount() external view returns (uint64) {
        return _retirementCount;
    }

    // ------------------------------------------------------------- internal

    /// @dev By an agent of the account.
    function _claim(Retiree memory retiree, Line[] memory lines) private returns (uint64) {
        // The jurisdiction is not needed here.
        // slither-disable-next-line unused-return
        (AccountStatus status,) = ACCOUNTS.authorise(retiree.account, msg.sender, keccak256(msg.data));
        _requireNotStricter(retiree.account, status, AccountStatus.Restricted);
        Purpose purpose = retiree.purpose;
        if (purpose == Purpose.None || purpose == Purpose.ComplianceOffset) revert InvalidPurpose(purpose);
        return _retire(retiree, lines);
    }

    function _retire(Retiree memory retiree, Line[] memory lines) private returns (uint64 firstId) {
        uint256 count = lines.length;
        if (count == 0 || count > MAX_RETIRED_LINES) revert InvalidLineCount(count);
        _announce(retiree.account, lines);

        firstId = _retirementCount + 1;
        // Fits: at most 100 more.
        _retirementCount += uint64(count);
        for (uint256 i = 0; i < count; ++i) {
            _retireLine(retiree, lines[i], firstId + uint64(i));
        }
    }

    function _retireLine(Retiree memory retiree, Line memory line, uint64 retirementId) private {
        uint56 serialStart = _consume(retiree, line);
        // Fits: no holding exceeds what was issued, 56 bits, and the time 32 until 2106.
        _retirements[line.batchId][serialStart] =
            Retirement(retiree.account, uint32(block.timestamp), uint56(line.grams), retiree.purpose);
        emit Retired(
            retirementId,
            line.batchId,
            retiree.account,
            serialStart,
            line.grams,
            retiree.purpose,
            retiree.beneficiary,
            retiree.statementHash,
            retiree.by
        );
    }

    /// @dev Takes the grams out of the holding and the next serials off the batch. Returns the first of them.
    function _consume(Retiree memory retiree, Line memory line) private returns (uint56 serialStart) {
        Batch storage batch = _requireFree(line.batchId);
        if (retiree.locked) _takeLocked(retiree.account, line.batchId, line.grams);
        else _takeAvailable(retiree.account, line.batchId, line.grams);
        uint56 grams = uint56(line.grams);
        // All fits and nothing wraps: the grams were held, so they are part of what was issued; and serials end with the number line, at
        // 2^56 - 1, as do the sums of a project.
        unchecked {
            (uint56 retired, uint64 batchStart) = (batch.retired, batch.serialStart);
            batch.retired = retired + grams;
            serialStart = uint56(batchStart) + retired;
            _totals[_projectOf(line.batchId)].retired += grams;
        }
    }

    /// @dev One ERC-1155 event for all lines.
    function _announce(address account, Line[] memory lines) private {
        if (lines.length == 1) {
            emit TransferSingle(msg.sender, account, address(0), lines[0].batchId, lines[0].grams);
            return;
        }
        (uint256[] memory ids, uint256[] memory values) = (new uint256[](lines.length), new uint256[](lines.length));
        for (uint256 i = 0; i < lines.length; ++i) {
            (ids[i], values[i]) = (lines[i].batchId, lines[i].grams);
        }
        emit TransferBatch(msg.sender, account, address(0), ids, values);
    }
}
