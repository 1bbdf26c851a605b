// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Resolution} from "../src/IOracleCommittee.sol";
import {Register} from "./Register.sol";

/// @notice The register with arbiters, a dispute window of an hour in Wuhan, and a report there that waits in it.
abstract contract Disputes is Register {
    uint32 internal constant WINDOW_SECONDS = 3600;
    bytes32 internal constant EVIDENCE = keccak256("what is wrong");
    bytes32 internal constant FINDINGS = keccak256("what the arbiters found");

    uint256[] internal oracleKeys;
    uint256[] internal arbiterKeys;

    function setUp() public virtual override {
        super.setUp();
        oracleKeys = signerKeys;
        arbiterKeys = _ascendingKeys("arbiter", 4);
        _setCommittee(COUNCIL, _addressesOf(arbiterKeys), 0, 0);
        _setCommittee(WUHAN, WINDOW_SECONDS);
        _accept(WUHAN_PROJECT, 5000);
    }

    function _dispute() internal {
        vm.prank(regulator);
        committee.dispute(WUHAN_PROJECT, 1, EVIDENCE);
    }

    function _resolution(bool upheld) internal view returns (Resolution memory) {
        bytes32 digest = committee.reportOf(WUHAN_PROJECT, 1).digest;
        return Resolution(WUHAN_PROJECT, 1, digest, upheld, FINDINGS, uint40(block.timestamp + 1 days), 1);
    }

    function _resolutionSignatures(Resolution memory resolution, uint256 count)
        internal
        view
        returns (bytes[] memory signatures)
    {
        bytes32 digest = committee.resolutionDigestOf(resolution);
        signatures = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            signatures[i] = _sign(arbiterKeys[i], digest);
        }
    }

    function _resolve(bool upheld) internal {
        Resolution memory resolution = _resolution(upheld);
        committee.resolve(resolution, _resolutionSignatures(resolution, 3));
    }

    function _disputeAndOverturn(uint64 seq) internal {
        vm.prank(regulator);
        committee.dispute(WUHAN_PROJECT, seq, EVIDENCE);
        Resolution memory resolution = _resolution(false);
        resolution.seq = seq;
        resolution.digest = committee.reportOf(WUHAN_PROJECT, seq).digest;
        committee.resolve(resolution, _resolutionSignatures(resolution, 3));
    }

    function _overturn() internal returns (bytes32 digest) {
        digest = committee.reportOf(WUHAN_PROJECT, 1).digest;
        _disputeAndOverturn(1);
    }

    function _expectNotFinal(uint64 projectId, uint64 seq) internal view {
        assertTrue(!committee.isFinal(projectId, seq), "not final");
        assertEq(committee.finalStretchOf(projectId, seq).serialEnd, 0, "no stretch");
    }
}
