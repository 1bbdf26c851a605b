// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeskGuarded} from "./IDeskGuarded.sol";

/// @notice On which terms one jurisdiction accepts the credits of another for its obligations (互认).
struct Terms {
    /// A gram counts for 1 - discountBps / 10,000 of a gram, the sum of a line rounded down. 0 to 9,999.
    uint16 discountBps;
    /// At most this many grams, before the discount, are used for the obligations of one year, by all accounts together. Never 0.
    uint64 yearlyCapGrams;
    /// First and last second at which the terms hold.
    uint40 validFrom;
    uint40 validUntil;
}

/// @title Recognition between jurisdictions: whose methodologies, credits and projects one accepts.
/// @notice Every decision is the accepting jurisdiction's own, through its Desk. Terms are for one issuing jurisdiction and one
/// methodology; those of a single project take the place of the general ones, whether they hold now or not. Nothing is accepted
/// that is not written here. Credits of the own jurisdiction need no terms.
interface IRecognition is IDeskGuarded {
    event MethodologyRecognised(uint32 indexed jurisdiction, bytes32 indexed definitionHash, bytes32 documentHash);
    event MethodologyWithdrawn(uint32 indexed jurisdiction, bytes32 indexed definitionHash, bytes32 reasonHash);
    /// @notice The terms of an issuer and methodology are these now, whatever they were.
    event TermsSet(uint32 indexed jurisdiction, uint32 indexed issuer, bytes32 indexed definitionHash, Terms terms);
    event TermsWithdrawn(
        uint32 indexed jurisdiction, uint32 indexed issuer, bytes32 indexed definitionHash, bytes32 reasonHash
    );
    /// @notice The terms of the project are these now; it is no longer excluded, if it was.
    event ProjectTermsSet(uint32 indexed jurisdiction, uint64 indexed projectId, Terms terms);
    /// @notice The project is refused, whatever the general terms say; its own terms are gone.
    event ProjectExcluded(uint32 indexed jurisdiction, uint64 indexed projectId, bytes32 reasonHash);
    /// @notice The general terms apply to the project again.
    event ProjectTermsWithdrawn(uint32 indexed jurisdiction, uint64 indexed projectId, bytes32 reasonHash);

    /// @notice The jurisdiction was never opened, or is the network council, which recognises nothing and issues nothing.
    error UnknownJurisdiction(uint32 jurisdiction);
    /// @notice What a jurisdiction issues itself needs no recognition.
    error OwnCredits(uint32 jurisdiction);
    /// @notice A field is missing or impossible. `field` is its name, one of: `definitionHash`, `documentHash`, `reasonHash` (empty),
    /// `projectId` (number 0), `discountBps` (10,000 or more), `yearlyCapGrams` (0), `validFrom` (0), `validUntil` (before the
    /// first second).
    error InvalidField(bytes32 field);
    /// @notice It is recognised, set or excluded just so already, or there is nothing to withdraw.
    error RecognitionUnchanged(uint32 jurisdiction);

    /// @notice Lets projects of the jurisdiction use a methodology that another one filed. Through the Desk.
    /// @param documentHash SHA-256 of the decision's text.
    function recogniseMethodology(uint32 jurisdiction, bytes32 definitionHash, bytes32 documentHash) external;
    /// @notice Ends that, for projects filed from now on. Through the Desk.
    function withdrawMethodology(uint32 jurisdiction, bytes32 definitionHash, bytes32 reasonHash) external;

    /// @notice Sets the terms on which credits of an issuer and methodology are accepted. Through the Desk. A lower cap does not undo
    /// what was used under a higher one.
    function setTerms(uint32 jurisdiction, uint32 issuer, bytes32 definitionHash, Terms calldata terms) external;
    /// @notice Accepts them no longer. Through the Desk.
    function withdrawTerms(uint32 jurisdiction, uint32 issuer, bytes32 definitionHash, bytes32 reasonHash) external;

    /// @notice Sets the terms of one project, in the place of the general ones. Through the Desk. Its use counts against its own cap
    /// then, not against the general one.
    function setProjectTerms(uint32 jurisdiction, uint64 projectId, Terms calldata terms) external;
    /// @notice Refuses one project, whatever the general terms say. Through the Desk.
    function excludeProject(uint32 jurisdiction, uint64 projectId, bytes32 reasonHash) external;
    /// @notice Puts the project under the general terms again. Through the Desk.
    function withdrawProjectTerms(uint32 jurisdiction, uint64 projectId, bytes32 reasonHash) external;

    /// @notice Whether a jurisdiction lets its projects use the methodology of another.
    function recognisesMethodology(uint32 jurisdiction, bytes32 definitionHash) external view returns (bool);
    /// @notice The terms that a jurisdiction applies to a project, and the key under which its use is counted. All fields are 0 where it
    /// is not accepted; that the terms hold now is for the caller to see.
    function termsFor(uint32 jurisdiction, uint64 projectId, bytes32 definitionHash)
        external
        view
        returns (Terms memory terms, bytes32 key);
    /// @notice The general terms; all fields are 0 where there are none.
    function termsOf(uint32 jurisdiction, uint32 issuer, bytes32 definitionHash) external view returns (Terms memory);
    /// @notice A project's own terms, all fields 0 where there are none, and whether it is excluded.
    function projectTermsOf(uint32 jurisdiction, uint64 projectId) external view returns (Terms memory terms, bool excluded);
}
