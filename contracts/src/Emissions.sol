// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IAccounts} from "./IAccounts.sol";
import {EmissionReport, IEmissions, VerifiedEmissions} from "./IEmissions.sol";
import {IOracleCommittee} from "./IOracleCommittee.sol";

/// @title Emissions
/// @notice Keeps the verified emissions of each account and year, as the quorum of its jurisdiction's oracles signed them.
contract Emissions is IEmissions, EIP712 {
    bytes32 private constant EMISSION_REPORT_TYPEHASH = keccak256(
        "EmissionReport(address account,uint16 year,uint64 grams,bytes32 evidenceHash,uint64 revision,uint40 validUntil,uint32 epoch)"
    );
    /// @dev The largest signed 64-bit number, which databases store.
    uint64 private constant GRAMS_MAX = uint64(type(int64).max);

    IAccounts public immutable ACCOUNTS;
    IOracleCommittee public immutable COMMITTEE;

    mapping(address account => mapping(uint16 year => VerifiedEmissions)) private _emissions;

    constructor(IAccounts accounts, IOracleCommittee committee) EIP712("Puhui Emissions", "1") {
        ACCOUNTS = accounts;
        COMMITTEE = committee;
    }

    // -------------------------------------------------------------- actions

    /// @inheritdoc IEmissions
    function submit(EmissionReport calldata report, bytes[] calldata signatures) external returns (bytes32 digest) {
        if (block.timestamp > report.validUntil) revert ReportExpired(report.validUntil, uint40(block.timestamp));
        if (report.grams == 0 || report.grams > GRAMS_MAX) revert InvalidEmissions(report.grams);
        VerifiedEmissions storage stored = _emissions[report.account][report.year];
        uint64 expected = stored.revision + 1;
        if (report.revision != expected) revert WrongRevision(report.account, report.year, expected, report.revision);

        digest = digestOf(report);
        uint32 jurisdiction = ACCOUNTS.jurisdictionOf(report.account);
        // 0 would ask the arbiters of the council.
        if (jurisdiction == 0) revert UnknownAccount(report.account);
        address[] memory signers = COMMITTEE.requireQuorum(jurisdiction, report.epoch, digest, signatures);

        (stored.grams, stored.revision, stored.verifiedAt) = (report.grams, expected, uint40(block.timestamp));
        emit EmissionsVerified(report.account, report.year, digest, report, signers);
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc IEmissions
    function verifiedOf(address account, uint16 year) external view returns (uint64) {
        return _emissions[account][year].grams;
    }

    /// @inheritdoc IEmissions
    function emissionsOf(address account, uint16 year) external view returns (VerifiedEmissions memory) {
        return _emissions[account][year];
    }

    /// @inheritdoc IEmissions
    function digestOf(EmissionReport calldata report) public view returns (bytes32) {
        // Every field of the struct is one static word, so its ABI encoding is EIP-712's.
        return _hashTypedDataV4(keccak256(abi.encode(EMISSION_REPORT_TYPEHASH, report)));
    }
}
