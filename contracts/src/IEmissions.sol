// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What the oracles of a jurisdiction sign about the emissions of one enterprise in one year, as EIP-712 typed data.
struct EmissionReport {
    address account;
    /// Calendar year of the emissions.
    uint16 year;
    /// Verified emissions of the whole year, never 0.
    uint64 grams;
    /// SHA-256 of the verified emission statement.
    bytes32 evidenceHash;
    /// 1 for the first figure of the account and year, then one more each: a correction is a new revision.
    uint64 revision;
    /// Last second at which the report may be submitted.
    uint40 validUntil;
    /// Epoch of the committee of the account's jurisdiction.
    uint32 epoch;
}

/// @notice The figure that counts for an account and year. All zero: none was reported.
struct VerifiedEmissions {
    uint64 grams;
    uint64 revision;
    uint40 verifiedAt;
}

/// @title The verified emissions of the enterprises.
/// @notice A figure is accepted iff the quorum of the present committee of the account's jurisdiction signed it and it is the next
/// revision. Anyone may submit. The latest revision counts; those before it stay in the events.
interface IEmissions {
    event EmissionsVerified(
        address indexed account, uint16 indexed year, bytes32 indexed digest, EmissionReport report, address[] signers
    );

    error UnknownAccount(address account);
    error ReportExpired(uint40 validUntil, uint40 currentTime);
    /// @notice A verified figure is 1 g to 2^63 - 1 g: 0 would read as none reported.
    error InvalidEmissions(uint64 grams);
    error WrongRevision(address account, uint16 year, uint64 expected, uint64 given);

    /// @notice Takes a figure with its quorum of signatures. Reverts as `IOracleCommittee.requireQuorum` does, too.
    /// @dev Warning: a figure cannot be taken back, only replaced by the next revision.
    function submit(EmissionReport calldata report, bytes[] calldata signatures) external returns (bytes32 digest);

    /// @notice The verified emissions in grams, 0 if none were reported.
    function verifiedOf(address account, uint16 year) external view returns (uint64);
    /// @notice The figure with its revision and time.
    function emissionsOf(address account, uint16 year) external view returns (VerifiedEmissions memory);
    /// @notice The EIP-712 digest that the oracles sign.
    function digestOf(EmissionReport calldata report) external view returns (bytes32);
}
