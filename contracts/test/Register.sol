// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Accounts} from "../src/Accounts.sol";
import {Compliance} from "../src/Compliance.sol";
import {Credits} from "../src/Credits.sol";
import {Emissions} from "../src/Emissions.sol";
import {Filings} from "../src/Filings.sol";
import {AccountKind, AccountStatus} from "../src/IAccounts.sol";
import {Grant, Role} from "../src/IAuthority.sol";
import {EpochApproval} from "../src/ICommittees.sol";
import {EmissionReport} from "../src/IEmissions.sol";
import {ProjectFiling} from "../src/IFilings.sol";
import {Report} from "../src/IOracleCommittee.sol";
import {Invalidations} from "../src/Invalidations.sol";
import {Limits} from "../src/ITransferRules.sol";
import {OracleCommittee} from "../src/OracleCommittee.sol";
import {RuleSets} from "../src/RuleSets.sol";
import {TransferRules} from "../src/TransferRules.sol";
import {Transfers} from "../src/Transfers.sol";
import {Network} from "./Network.sol";

/// @notice The whole register on top of the network: two projects, their committees, four accounts with an agent each.
abstract contract Register is Network {
    bytes32 internal constant METHOD = keccak256("definition of the methodology");
    bytes32 internal constant BENEFICIARY = keccak256("salted beneficiary");
    bytes32 internal constant STATEMENT = keccak256("statement");
    uint64 internal constant CEILING = 1e15;
    /// @dev 2016-01-01, a Friday.
    uint32 internal constant FIRST_DAY = 16_801;
    uint32 internal constant LAST_DAY = FIRST_DAY + 3652;
    uint64 internal constant WUHAN_PROJECT = uint64(WUHAN) << 32 | 1;
    uint64 internal constant SHANGHAI_PROJECT = uint64(SHANGHAI) << 32 | 1;
    uint8 internal constant INITIATE = 1;

    address internal platformAgent = actor("PLATFORM_AGENT");
    address internal buyerAgent = actor("BUYER_AGENT");

    OracleCommittee internal committee;
    Emissions internal emissions;
    TransferRules internal rules;
    Credits internal credits;
    Transfers internal transfers;
    RuleSets internal ruleSets;
    Compliance internal compliance;
    Invalidations internal invalidations;

    /// @dev Developer of Wuhan's project.
    address internal platform;
    /// @dev A compliance enterprise of Wuhan, with `agent`.
    address internal enterprise;
    address internal buyer;
    /// @dev Developer of Shanghai's project.
    address internal farPlatform;

    /// @dev Four keys, in ascending order of their addresses.
    uint256[] internal signerKeys;

    function setUp() public virtual override {
        super.setUp();
        // The accounts of Network ask a stub; here they ask the ledger.
        accounts = new Accounts(authority, address(desk), EMERGENCY_SECONDS);
        filings = new Filings(authority, address(desk), accounts, recognition, EMERGENCY_SECONDS);
        committee = new OracleCommittee(authority, address(desk), filings);
        emissions = new Emissions(accounts, committee);
        rules = new TransferRules(authority, address(desk), accounts);
        credits = new Credits(authority, address(desk), accounts, rules, filings, committee);
        transfers = new Transfers(accounts, rules, credits);
        ruleSets = new RuleSets(authority, address(desk));
        compliance = new Compliance(authority, address(desk), accounts, filings, recognition, ruleSets, emissions, credits);
        invalidations = new Invalidations(authority, address(desk), accounts, filings, credits, EMERGENCY_SECONDS);
        accounts.wire(address(credits));
        rules.wire(address(credits), address(transfers), Limits(0, 0, 0, 0, false));
        _install(Role.Retirer, address(compliance));
        _install(Role.Locker, address(compliance));
        _grantModules(address(invalidations));
        _install(Role.Locker, address(transfers));

        platform = _openWithAgent(WUHAN, 1, AccountKind.Platform, platformAgent);
        enterprise = _openWithAgent(WUHAN, 2, AccountKind.Enterprise, agent);
        buyer = _openWithAgent(WUHAN, 3, AccountKind.Enterprise, buyerAgent);
        farPlatform = _openWithAgent(SHANGHAI, 1, AccountKind.Platform, platformAgent);

        vm.prank(address(desk));
        filings.fileMethodology(COUNCIL, METHOD, "cycling", 1, keccak256("document"));
        _fileProject(WUHAN, platform, address(0), CEILING);
        _fileProject(SHANGHAI, farPlatform, address(0), CEILING);

        signerKeys = _ascendingKeys(4);
        _setCommittee(WUHAN, 0);
        _setCommittee(SHANGHAI, 0);
    }

    // ------------------------------------------------------------ the Desk

    function _install(Role role, address module) internal {
        vm.prank(address(desk));
        authority.grantRoles(COUNCIL, _grant(role, module));
    }

    /// @dev All three roles of contracts.
    function _grantModules(address module) private {
        Grant[] memory grants = new Grant[](3);
        grants[0] = Grant(Role.Retirer, module);
        grants[1] = Grant(Role.Locker, module);
        grants[2] = Grant(Role.Corrector, module);
        vm.prank(address(desk));
        authority.grantRoles(COUNCIL, grants);
    }

    function _openWithAgent(uint32 jurisdiction, uint64 number, AccountKind kind, address person)
        internal
        returns (address account)
    {
        account = accounts.addressOf(jurisdiction, number);
        vm.prank(address(desk));
        accounts.openAccount(jurisdiction, number, kind, COMMITMENT, _agents(person, INITIATE));
    }

    function _setStatus(address account, AccountStatus status) internal {
        uint32 jurisdiction = accounts.jurisdictionOf(account);
        vm.prank(address(desk));
        accounts.setStatus(jurisdiction, account, status, REASON);
    }

    function _fileProject(uint32 jurisdiction, address developer, address boundary, uint64 ceilingGrams)
        internal
        returns (uint64 projectId)
    {
        ProjectFiling memory filing = ProjectFiling({
            definitionHash: METHOD,
            developer: developer,
            boundaryAccount: boundary,
            creditingStart: FIRST_DAY,
            creditingEnd: LAST_DAY,
            scenario: 1,
            ceilingGrams: ceilingGrams,
            coBenefitHash: bytes32(0),
            area: jurisdiction,
            mechanism: 1
        });
        vm.prank(address(desk));
        filings.fileProject(jurisdiction, filing);
        return uint64(jurisdiction) << 32 | filings.projectCount(jurisdiction);
    }

    /// @dev The committee of `signerKeys`, approved by itself if it is in office already.
    function _setCommittee(uint32 jurisdiction, uint32 disputeSeconds) internal {
        _setCommittee(jurisdiction, _addressesOf(signerKeys), disputeSeconds, 0);
    }

    function _setCommittee(uint32 jurisdiction, address[] memory signers, uint32 disputeSeconds, uint32 activationSeconds)
        internal
    {
        vm.prank(address(desk));
        committee.setCommittee(jurisdiction, signers, disputeSeconds, activationSeconds);
        (uint40 dueAt,) = committee.proposedOf(jurisdiction);
        if (dueAt == 0) return;
        EpochApproval memory approval = _approval(jurisdiction, signers, disputeSeconds, activationSeconds);
        (,, uint8 quorum,) = committee.committeeOf(jurisdiction);
        committee.beginEpoch(approval, _signaturesOf(committee.approvalDigestOf(approval), quorum));
    }

    function _approval(uint32 jurisdiction, address[] memory signers, uint32 disputeSeconds, uint32 activationSeconds)
        internal
        view
        returns (EpochApproval memory)
    {
        (uint32 epoch,,,) = committee.committeeOf(jurisdiction);
        uint40 validUntil = uint40(block.timestamp + 1 days);
        return EpochApproval(jurisdiction, epoch + 1, signers, disputeSeconds, activationSeconds, validUntil);
    }

    // ------------------------------------------------------------- reports

    /// @dev The next report of a project: one day after the last one, `grams` more, 10 acts more.
    function _nextReport(uint64 projectId, uint64 grams) internal view returns (Report memory report) {
        uint64 last = committee.lastSeq(projectId);
        (uint32 epoch,,,) = committee.committeeOf(uint32(projectId >> 32));
        report = Report({
            projectId: projectId,
            seq: last + 1,
            periodStart: FIRST_DAY,
            periodEnd: FIRST_DAY,
            methodologyHash: METHOD,
            evidenceHash: keccak256(abi.encode("evidence", projectId, last)),
            logRoot: keccak256(abi.encode("log", projectId, last)),
            logSize: 10,
            serialEnd: grams,
            prevDigest: bytes32(0),
            validUntil: uint40(block.timestamp + 1 days),
            epoch: epoch
        });
        if (last != 0) {
            report.periodStart += uint32(last);
            report.periodEnd += uint32(last);
            report.logSize += committee.reportOf(projectId, last).logSize;
            report.serialEnd += committee.reportOf(projectId, last).serialEnd;
            report.prevDigest = committee.reportOf(projectId, last).digest;
        }
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev Signatures of the first `count` signers.
    function _signatures(Report memory report, uint256 count) internal view returns (bytes[] memory) {
        return _signaturesOf(committee.digestOf(report), count);
    }

    function _signaturesOf(bytes32 digest, uint256 count) internal view returns (bytes[] memory signatures) {
        signatures = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            signatures[i] = _sign(signerKeys[i], digest);
        }
    }

    /// @dev The next figure of an account and year, signed by the committee of its jurisdiction.
    function _verifyEmissions(address account, uint16 year, uint64 grams) internal {
        (uint32 epoch,,,) = committee.committeeOf(accounts.jurisdictionOf(account));
        EmissionReport memory report = EmissionReport({
            account: account,
            year: year,
            grams: grams,
            evidenceHash: keccak256("emission statement"),
            revision: emissions.emissionsOf(account, year).revision + 1,
            validUntil: uint40(block.timestamp),
            epoch: epoch
        });
        emissions.submit(report, _signaturesOf(emissions.digestOf(report), 3));
    }

    /// @dev Accepts the next report of a project.
    function _accept(uint64 projectId, uint64 grams) internal returns (uint64 seq) {
        Report memory report = _nextReport(projectId, grams);
        committee.submit(report, _signatures(report, 3));
        return report.seq;
    }

    function _ascendingKeys(uint256 count) internal pure returns (uint256[] memory) {
        return _ascendingKeys("signer", count);
    }

    /// @dev Keys in ascending order of their addresses, others for each name.
    function _ascendingKeys(string memory name, uint256 count) internal pure returns (uint256[] memory keys) {
        keys = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 key = uint256(keccak256(abi.encode(name, i)));
            uint256 place = i;
            while (place > 0 && vm.addr(keys[place - 1]) > vm.addr(key)) {
                keys[place] = keys[place - 1];
                place -= 1;
            }
            keys[place] = key;
        }
    }

    function _addressesOf(uint256[] memory keys) internal pure returns (address[] memory list) {
        list = new address[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            list[i] = vm.addr(keys[i]);
        }
    }

    // -------------------------------------------------------------- ledger

    /// @dev A new batch, all of it on one account.
    function _issueTo(address account, uint64 projectId, uint64 grams) internal returns (uint256 batchId) {
        uint64 seq = _accept(projectId, grams);
        vm.prank(address(desk));
        credits.issue(uint32(projectId >> 32), projectId, seq, _one(account), _oneAmount(grams));
        return credits.batchIdOf(projectId, seq);
    }

    function _oneAmount(uint64 grams) internal pure returns (uint64[] memory list) {
        list = new uint64[](1);
        list[0] = grams;
    }
}
