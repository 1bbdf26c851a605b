// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Role} from "../src/IAuthority.sol";
import {ICommittees} from "../src/ICommittees.sol";
import {ICredits} from "../src/ICredits.sol";
import {IOracleCommittee, ReportStatus, Resolution} from "../src/IOracleCommittee.sol";
import {Disputes} from "./Disputes.sol";

/// @notice Disputes and their resolution by the arbiters.
contract OracleDisputesTest is Disputes {
    // ------------------------------------------------------------- dispute

    function test_dispute__unknown_report__reverts() public {
        vm.prank(regulator);
        vm.expectRevert(abi.encodeWithSelector(IOracleCommittee.UnknownReport.selector, WUHAN_PROJECT, uint64(2)));
        committee.dispute(WUHAN_PROJECT, 2, EVIDENCE);
    }

    function test_dispute__without_evidence__reverts() public {
        vm.prank(regulator);
        vm.expectRevert(abi.encodeWithSelector(IOracleCommittee.MissingEvidence.selector));
        committee.dispute(WUHAN_PROJECT, 1, bytes32(0));
    }

    function test_dispute__by_another_than_those_it_concerns__reverts() public {
        address[4] memory others = [outsider, registrar, shanghaiRegulator, vm.addr(arbiterKeys[0])];
        for (uint256 i = 0; i < others.length; ++i) {
            _expectDisputeRefused(others[i], abi.encodeWithSelector(IOracleCommittee.NotADisputer.selector, WUHAN, others[i]));
        }
    }

    function test_dispute__by_a_signer_of_the_past_epoch__reverts() public {
        address signer = vm.addr(signerKeys[0]);
        _setCommittee(WUHAN, _addressesOf(_ascendingKeys("new signer", 4)), WINDOW_SECONDS, 0);
        _expectDisputeRefused(signer, abi.encodeWithSelector(IOracleCommittee.NotADisputer.selector, WUHAN, signer));
    }

    function test_dispute__after_the_window__reverts() public {
        uint40 finalAt = committee.reportOf(WUHAN_PROJECT, 1).finalAt;
        vm.warp(finalAt);
        _expectDisputeRefused(regulator, abi.encodeWithSelector(IOracleCommittee.DisputeWindowOver.selector, finalAt, finalAt));
    }

    /// @dev An issued report was final, so its window is over.
    function test_dispute__of_an_issued_report__reverts() public {
        uint40 finalAt = committee.reportOf(WUHAN_PROJECT, 1).finalAt;
        vm.warp(finalAt);
        vm.prank(address(desk));
        credits.issue(WUHAN, WUHAN_PROJECT, 1, _one(platform), _oneAmount(5000));
        _expectDisputeRefused(regulator, abi.encodeWithSelector(IOracleCommittee.DisputeWindowOver.selector, finalAt, finalAt));
    }

    function test_dispute__without_a_window__reverts() public {
        _accept(SHANGHAI_PROJECT, 10);
        uint40 now_ = uint40(block.timestamp);
        vm.prank(shanghaiRegulator);
        vm.expectRevert(abi.encodeWithSelector(IOracleCommittee.DisputeWindowOver.selector, now_, now_));
        committee.dispute(SHANGHAI_PROJECT, 1, EVIDENCE);
    }

    function test_dispute__twice__reverts() public {
        _dispute();
        _expectNotDisputable(ReportStatus.Disputed);
        _resolve(true);
        _expectNotDisputable(ReportStatus.Upheld);
    }

    function test_dispute__by_each_role_and_by_a_signer__is_told_and_keeps_the_report_from_being_final() public {
        address verifier = actor("VERIFIER");
        address auditor = actor("AUDITOR");
        vm.startPrank(address(desk));
        authority.grantRoles(WUHAN, _grant(Role.Verifier, verifier));
        authority.grantRoles(WUHAN, _grant(Role.Auditor, auditor));
        vm.stopPrank();
        address[4] memory disputers = [regulator, verifier, auditor, vm.addr(signerKeys[3])];
        for (uint256 i = 0; i < disputers.length; ++i) {
            (uint64 projectId, bytes32 digest) = _reportOfAnotherProject();
            vm.expectEmit(true, true, true, true, address(committee));
            emit IOracleCommittee.ReportDisputed(projectId, 1, digest, disputers[i], EVIDENCE);
            vm.prank(disputers[i]);
            committee.dispute(projectId, 1, EVIDENCE);
            assertTrue(committee.reportOf(projectId, 1).status == ReportStatus.Disputed, "status");
            vm.warp(block.timestamp + 10 * WINDOW_SECONDS);
            _expectNotFinal(projectId, 1);
        }
    }

    // ------------------------------------------------------------- resolve

    function test_resolve__unknown_report__reverts() public {
        Resolution memory resolution = _resolution(true);
        resolution.seq = 2;
        _expectResolveRefused(
            resolution, abi.encodeWithSelector(IOracleCommittee.UnknownReport.selector, WUHAN_PROJECT, uint64(2))
        );
    }

    function test_resolve__not_disputed__reverts() public {
        _expectNotDisputed(ReportStatus.Accepted);
        _dispute();
        _resolve(true);
        _expectNotDisputed(ReportStatus.Upheld);
    }

    function test_resolve__of_another_digest__reverts() public {
        _dispute();
        Resolution memory resolution = _resolution(false);
        bytes32 digest = resolution.digest;
        resolution.digest = keccak256("another report");
        _expectResolveRefused(
            resolution, abi.encodeWithSelector(IOracleCommittee.WrongDigest.selector, digest, resolution.digest)
        );
    }

    function test_resolve__without_evidence__reverts() public {
        _dispute();
        Resolution memory resolution = _resolution(true);
        resolution.evidenceHash = bytes32(0);
        _expectResolveRefused(resolution, abi.encodeWithSelector(IOracleCommittee.MissingEvidence.selector));
    }

    function test_resolve__expired__reverts() public {
        _dispute();
        Resolution memory resolution = _resolution(true);
        uint40 until = resolution.validUntil;
        vm.warp(until + 1);
        _expectResolveRefused(resolution, abi.encodeWithSelector(IOracleCommittee.ResolutionExpired.selector, until, until + 1));
        vm.warp(until);
        committee.resolve(resolution, _resolutionSignatures(resolution, 3));
    }

    function test_resolve__without_a_quorum_of_the_arbiters_in_office__reverts() public {
        _dispute();
        Resolution memory resolution = _resolution(false);
        for (uint256 count = 0; count <= 4; ++count) {
            if (count == 3) continue;
            bytes[] memory few = _resolutionSignatures(resolution, count);
            vm.expectRevert(abi.encodeWithSelector(ICommittees.WrongSignatureCount.selector, uint256(3), count));
            committee.resolve(resolution, few);
        }
        resolution.epoch = 2;
        _expectResolveRefused(resolution, abi.encodeWithSelector(ICommittees.WrongEpoch.selector, uint32(1), uint32(2)));
        resolution.epoch = 1;
        // The oracles of the jurisdiction are no arbiters.
        arbiterKeys = oracleKeys;
        _expectResolveRefused(
            resolution, abi.encodeWithSelector(ICommittees.NotASigner.selector, vm.addr(oracleKeys[0]), COUNCIL, uint32(1))
        );
    }

    function test_resolve__arbiter_who_sat_in_the_reports_committee__reverts() public {
        _dispute();
        // The committee of the report is past, and one of it has become an arbiter.
        _setCommittee(WUHAN, _addressesOf(_ascendingKeys("new signer", 4)), WINDOW_SECONDS, 0);
        uint256[] memory mixed = _ascendingKeys("arbiter", 4);
        mixed[0] = oracleKeys[3];
        arbiterKeys = _sorted(mixed);
        vm.prank(address(desk));
        committee.replaceCommittee(COUNCIL, COUNCIL, _addressesOf(arbiterKeys), 0, 0);
        Resolution memory resolution = _resolution(true);
        resolution.epoch = 2;
        address party = vm.addr(oracleKeys[3]);
        uint256 skipped = vm.addr(arbiterKeys[3]) == party ? 0 : 3;
        bytes[] memory signatures = new bytes[](3);
        uint256 filled = 0;
        for (uint256 i = 0; i < 4; ++i) {
            if (i == skipped) continue;
            signatures[filled++] = _sign(arbiterKeys[i], committee.resolutionDigestOf(resolution));
        }
        vm.expectRevert(abi.encodeWithSelector(IOracleCommittee.SignerIsParty.selector, party, WUHAN, uint32(2)));
        committee.resolve(resolution, signatures);
    }

    function test_resolve__replayed_on_another_chain__reverts() public {
        _dispute();
        Resolution memory resolution = _resolution(false);
        bytes[] memory signatures = _resolutionSignatures(resolution, 3);
        vm.chainId(block.chainid + 1);
        vm.expectRevert();
        committee.resolve(resolution, signatures);
    }

    function testFuzz_resolve__changed_after_signing__reverts(uint256 field, uint256 change) public {
        _dispute();
        Resolution memory resolution = _resolution(false);
        bytes[] memory signatures = _resolutionSignatures(resolution, 3);
        uint8[7] memory bits = [64, 64, 255, 1, 255, 40, 32];
        field = bound(field, 0, 6);
        uint256[7] memory fields = abi.decode(abi.encode(resolution), (uint256[7]));
        fields[field] ^= bound(change, 1, 2 ** bits[field] - 1);
        Resolution memory changed = abi.decode(abi.encode(fields), (Resolution));
        vm.expectRevert();
        committee.resolve(changed, signatures);
        assertTrue(committee.reportOf(WUHAN_PROJECT, 1).status == ReportStatus.Disputed, "unchanged");
    }

    function test_resolve__upheld_in_the_window__is_final_when_it_ends() public {
        uint40 finalAt = committee.reportOf(WUHAN_PROJECT, 1).finalAt;
        _dispute();
        _expectResolved(true, finalAt);
        vm.warp(finalAt - 1);
        _expectNotFinal(WUHAN_PROJECT, 1);
        vm.warp(finalAt);
        assertTrue(committee.isFinal(WUHAN_PROJECT, 1), "final");
        assertEq(committee.finalStretchOf(WUHAN_PROJECT, 1).serialEnd, 5000, "stretch");
    }

    function test_resolve__upheld_after_the_window__is_final_at_once() public {
        _dispute();
        vm.warp(block.timestamp + 2 * WINDOW_SECONDS);
        _expectResolved(true, uint40(block.timestamp));
        assertTrue(committee.isFinal(WUHAN_PROJECT, 1), "final");
        _accept(WUHAN_PROJECT, 1);
    }

    function test_resolve__overturned__is_never_final_and_never_issued() public {
        _dispute();
        _expectResolved(false, committee.reportOf(WUHAN_PROJECT, 1).finalAt);
        vm.warp(block.timestamp + 365 days);
        _expectNotFinal(WUHAN_PROJECT, 1);
        vm.prank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(ICredits.ReportNotFinal.selector, WUHAN_PROJECT, uint64(1)));
        credits.issue(WUHAN, WUHAN_PROJECT, 1, _one(platform), _oneAmount(5000));
    }

    // ------------------------------------------------------------- helpers

    function _reportOfAnotherProject() private returns (uint64 projectId, bytes32 digest) {
        projectId = _fileProject(WUHAN, platform, address(0), CEILING);
        _accept(projectId, 10);
        return (projectId, committee.reportOf(projectId, 1).digest);
    }

    function _sorted(uint256[] memory keys) private pure returns (uint256[] memory) {
        for (uint256 i = 1; i < keys.length; ++i) {
            for (uint256 j = i; j > 0 && vm.addr(keys[j - 1]) > vm.addr(keys[j]); --j) {
                (keys[j - 1], keys[j]) = (keys[j], keys[j - 1]);
            }
        }
        return keys;
    }

    function _expectResolved(bool upheld, uint40 finalAt) private {
        Resolution memory resolution = _resolution(upheld);
        address[] memory arbiters = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            arbiters[i] = vm.addr(arbiterKeys[i]);
        }
        bytes[] memory signatures = _resolutionSignatures(resolution, 3);
        vm.expectEmit(true, true, true, true, address(committee));
        emit IOracleCommittee.ReportResolved(WUHAN_PROJECT, 1, resolution.digest, upheld, FINDINGS, finalAt, 1, arbiters);
        vm.prank(outsider);
        committee.resolve(resolution, signatures);
    }

    function _expectDisputeRefused(address disputer, bytes memory refusal) private {
        vm.prank(disputer);
        vm.expectRevert(refusal);
        committee.dispute(WUHAN_PROJECT, 1, EVIDENCE);
    }

    function _expectNotDisputable(ReportStatus status) private {
        _expectDisputeRefused(
            regulator, abi.encodeWithSelector(IOracleCommittee.NotDisputable.selector, WUHAN_PROJECT, uint64(1), status)
        );
    }

    function _expectNotDisputed(ReportStatus status) private {
        _expectResolveRefused(
            _resolution(false), abi.encodeWithSelector(IOracleCommittee.NotDisputed.selector, WUHAN_PROJECT, uint64(1), status)
        );
    }

    function _expectResolveRefused(Resolution memory resolution, bytes memory refusal) private {
        bytes[] memory signatures = _resolutionSignatures(resolution, 3);
        vm.expectRevert(refusal);
        committee.resolve(resolution, signatures);
    }
}
