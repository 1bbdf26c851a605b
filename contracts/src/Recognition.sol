// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DeskGuarded} from "./DeskGuarded.sol";
import {IAuthority} from "./IAuthority.sol";
import {IRecognition, Terms} from "./IRecognition.sol";

/// @title Keeps what each jurisdiction accepts of the others.
/// @notice See IRecognition.
contract Recognition is IRecognition, DeskGuarded {
    /// @dev Terms as stored, one slot; all 0: there are none.
    struct Entry {
        uint16 discountBps;
        uint64 yearlyCapGrams;
        uint40 validFrom;
        uint40 validUntil;
        /// Only of a project: it is refused whatever the general terms say.
        bool excluded;
    }

    uint32 private constant COUNCIL = 0;
    uint16 private constant BPS = 10_000;

    /// @inheritdoc IRecognition
    mapping(uint32 jurisdiction => mapping(bytes32 definitionHash => bool)) public recognisesMethodology;
    /// Keys of general terms hash three words, those of a project's two: they never meet.
    mapping(bytes32 key => Entry) private _entries;

    constructor(IAuthority authority, address desk) DeskGuarded(authority, desk) {}

    // ---------------------------------------------------------------- admin

    /// @inheritdoc IRecognition
    function recogniseMethodology(uint32 jurisdiction, bytes32 definitionHash, bytes32 documentHash) external throughDesk {
        _requireOpen(jurisdiction);
        if (definitionHash == bytes32(0)) revert InvalidField("definitionHash");
        if (documentHash == bytes32(0)) revert InvalidField("documentHash");
        if (recognisesMethodology[jurisdiction][definitionHash]) revert RecognitionUnchanged(jurisdiction);
        recognisesMethodology[jurisdiction][definitionHash] = true;
        emit MethodologyRecognised(jurisdiction, definitionHash, documentHash);
    }

    /// @inheritdoc IRecognition
    function withdrawMethodology(uint32 jurisdiction, bytes32 definitionHash, bytes32 reasonHash) external throughDesk {
        _requireReason(reasonHash);
        if (!recognisesMethodology[jurisdiction][definitionHash]) revert RecognitionUnchanged(jurisdiction);
        recognisesMethodology[jurisdiction][definitionHash] = false;
        emit MethodologyWithdrawn(jurisdiction, definitionHash, reasonHash);
    }

    /// @inheritdoc IRecognition
    function setTerms(uint32 jurisdiction, uint32 issuer, bytes32 definitionHash, Terms calldata terms) external throughDesk {
        _requirePair(jurisdiction, issuer);
        if (definitionHash == bytes32(0)) revert InvalidField("definitionHash");
        _set(jurisdiction, _generalKey(jurisdiction, issuer, definitionHash), terms);
        emit TermsSet(jurisdiction, issuer, definitionHash, terms);
    }

    /// @inheritdoc IRecognition
    function withdrawTerms(uint32 jurisdiction, uint32 issuer, bytes32 definitionHash, bytes32 reasonHash)
        external
        throughDesk
    {
        _clear(jurisdiction, _generalKey(jurisdiction, issuer, definitionHash), reasonHash);
        emit TermsWithdrawn(jurisdiction, issuer, definitionHash, reasonHash);
    }

    /// @inheritdoc IRecognition
    function setProjectTerms(uint32 jurisdiction, uint64 projectId, Terms calldata terms) external throughDesk {
        _requireForeign(jurisdiction, projectId);
        _set(jurisdiction, _projectKey(jurisdiction, projectId), terms);
        emit ProjectTermsSet(jurisdiction, projectId, terms);
    }

    /// @inheritdoc IRecognition
    function excludeProject(uint32 jurisdiction, uint64 projectId, bytes32 reasonHash) external throughDesk {
        _requireForeign(jurisdiction, projectId);
        _requireReason(reasonHash);
        bytes32 key = _projectKey(jurisdiction, projectId);
        if (_entries[key].excluded) revert RecognitionUnchanged(jurisdiction);
        _entries[key] = Entry({discountBps: 0, yearlyCapGrams: 0, validFrom: 0, validUntil: 0, excluded: true});
        emit ProjectExcluded(jurisdiction, projectId, reasonHash);
    }

    /// @inheritdoc IRecognition
    function withdrawProjectTerms(uint32 jurisdiction, uint64 projectId, bytes32 reasonHash) external throughDesk {
        _clear(jurisdiction, _projectKey(jurisdiction, projectId), reasonHash);
        emit ProjectTermsWithdrawn(jurisdiction, projectId, reasonHash);
    }

    // ---------------------------------------------------------------- views

    /// @inheritdoc IRecognition
    function termsFor(uint32 jurisdiction, uint64 projectId, bytes32 definitionHash)
        external
        view
        returns (Terms memory terms, bytes32 key)
    {
        key = _projectKey(jurisdiction, projectId);
        if (!_isSet(_entries[key])) key = _generalKey(jurisdiction, uint32(projectId >> 32), definitionHash);
        terms = _termsIn(_entries[key]);
    }

    /// @inheritdoc IRecognition
    function termsOf(uint32 jurisdiction, uint32 issuer, bytes32 definitionHash) external view returns (Terms memory) {
        return _termsIn(_entries[_generalKey(jurisdiction, issuer, definitionHash)]);
    }

    /// @inheritdoc IRecognition
    function projectTermsOf(uint32 jurisdiction, uint64 projectId) external view returns (Terms memory terms, bool excluded) {
        Entry storage entry = _entries[_projectKey(jurisdiction, projectId)];
        return (_termsIn(entry), entry.excluded);
    }

    // ------------------------------------------------------------- internal

    function _set(uint32 jurisdiction, bytes32 key, Terms calldata terms) private {
        if (terms.discountBps >= BPS) revert InvalidField("discountBps");
        if (terms.yearlyCapGrams == 0) revert InvalidField("yearlyCapGrams");
        if (terms.validFrom == 0) revert InvalidField("validFrom");
        if (terms.validUntil < terms.validFrom) revert InvalidField("validUntil");
        // An excluded project has other terms than any valid ones.
        if (keccak256(abi.encode(_termsIn(_entries[key]))) == keccak256(abi.encode(terms))) {
            revert RecognitionUnchanged(jurisdiction);
        }
        _entries[key] = Entry({
            discountBps: terms.discountBps,
            yearlyCapGrams: terms.yearlyCapGrams,
            validFrom: terms.validFrom,
            validUntil: terms.validUntil,
            excluded: false
        });
    }

    function _clear(uint32 jurisdiction, bytes32 key, bytes32 reasonHash) private {
        _requireReason(reasonHash);
        if (!_isSet(_entries[key])) revert RecognitionUnchanged(jurisdiction);
        delete _entries[key];
    }

    function _requireForeign(uint32 jurisdiction, uint64 projectId) private view {
        _requirePair(jurisdiction, uint32(projectId >> 32));
        if (uint32(projectId) == 0) revert InvalidField("projectId");
    }

    function _requirePair(uint32 jurisdiction, uint32 issuer) private view {
        _requireOpen(jurisdiction);
        _requireOpen(issuer);
        if (jurisdiction == issuer) revert OwnCredits(jurisdiction);
    }

    function _requireOpen(uint32 jurisdiction) private view {
        if (jurisdiction == COUNCIL || !AUTHORITY.isOpen(jurisdiction)) revert UnknownJurisdiction(jurisdiction);
    }

    function _requireReason(bytes32 reasonHash) private pure {
        if (reasonHash == bytes32(0)) revert InvalidField("reasonHash");
    }

    function _isSet(Entry storage entry) private view returns (bool) {
        // Both are read before the question, so that the optimizer reads their slot once.
        (bool excluded, uint64 yearlyCapGrams) = (entry.excluded, entry.yearlyCapGrams);
        return excluded || yearlyCapGrams != 0;
    }

    function _termsIn(Entry storage entry) private view returns (Terms memory) {
        return Terms(entry.discountBps, entry.yearlyCapGrams, entry.validFrom, entry.validUntil);
    }

    function _generalKey(uint32 jurisdiction, uint32 issuer, bytes32 definitionHash) private pure returns (bytes32) {
        return keccak256(abi.encode(jurisdiction, issuer, definitionHash));
    }

    function _projectKey(uint32 jurisdiction, uint64 projectId) private pure returns (bytes32) {
        return keccak256(abi.encode(jurisdiction, projectId));
    }
}
