// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {IOracleCommittee, Report} from "../src/IOracleCommittee.sol";
import {Register} from "./Register.sol";

/// @notice The signer sets, and what signers sign.
contract OracleCommitteeTest is Register {
    // -------------------------------------------------------- setCommittee

    function test_setCommittee__not_through_desk__reverts() public {
        address[] memory signers = _addressesOf(signerKeys);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, outsider));
        vm.prank(outsider);
        committee.setCommittee(WUHAN, signers, 0);
    }

    function test_setCommittee__unknown_jurisdiction__reverts() public {
        _expectCommitteeRefused(
            340_000, 4, abi.encodeWithSelector(IOracleCommittee.UnknownJurisdiction.selector, uint32(340_000))
        );
    }

    function test_setCommittee__size_that_is_not_3f_plus_1__reverts() public {
        for (uint256 size = 0; size <= 35; ++size) {
            if (size >= 4 && size <= 31 && size % 3 == 1) continue;
            _expectCommitteeRefused(WUHAN, size, abi.encodeWithSelector(IOracleCommittee.InvalidCommitteeSize.selector, size));
        }
    }

    function test_setCommittee__same_signer_twice__reverts() public {
        address[] memory signers = _addressesOf(signerKeys);
        signers[2] = signers[1];
        vm.expectRevert(abi.encodeWithSelector(IOracleCommittee.SignersNotAscending.selector, signers[1], signers[1]));
        vm.prank(address(desk));
        committee.setCommittee(WUHAN, signers, 0);
    }

    function test_setCommittee__descending_signers__reverts() public {
        address[] memory signers = _addressesOf(signerKeys);
        (signers[0], signers[1]) = (signers[1], signers[0]);
        vm.expectRevert(abi.encodeWithSelector(IOracleCommittee.SignersNotAscending.selector, signers[0], signers[1]));
        vm.prank(address(desk));
        committee.setCommittee(WUHAN, signers, 0);
    }

    function test_setCommittee__zero_signer__reverts() public {
        address[] memory signers = _addressesOf(signerKeys);
        signers[0] = address(0);
        vm.expectRevert(abi.encodeWithSelector(IOracleCommittee.SignersNotAscending.selector, address(0), address(0)));
        vm.prank(address(desk));
        committee.setCommittee(WUHAN, signers, 0);
    }

    function test_setCommittee__begins_the_next_epoch() public {
        address[] memory signers = _addressesOf(_ascendingKeys(7));
        vm.expectEmit(true, true, true, true, address(committee));
        emit IOracleCommittee.CommitteeSet(WUHAN, 2, signers, 5, 3600);
        vm.prank(address(desk));
        committee.setCommittee(WUHAN, signers, 3600);

        (uint32 epoch, address[] memory stored, uint8 quorum, uint32 disputeSeconds) = committee.committeeOf(WUHAN);
        assertEq(epoch, 2, "epoch");
        assertEq(stored.length, 7, "signers");
        assertEq(quorum, 5, "quorum");
        assertEq(disputeSeconds, 3600, "dispute window");
        for (uint256 i = 0; i < 7; ++i) {
            assertEq(stored[i], signers[i], "signer");
            assertTrue(committee.isSigner(WUHAN, 2, signers[i]), "is a signer");
        }
        assertTrue(!committee.isSigner(SHANGHAI, 2, signers[0]), "not elsewhere");
        assertTrue(committee.isSigner(WUHAN, 1, vm.addr(signerKeys[0])), "past epochs stay readable");
        (epoch,,,) = committee.committeeOf(SHANGHAI);
        assertEq(epoch, 1, "other jurisdictions keep their epoch");
    }

    function test_setCommittee__quorum_is_two_thirds_of_the_faults_borne() public {
        uint8[5] memory sizes = [4, 7, 10, 13, 31];
        uint8[5] memory quorums = [3, 5, 7, 9, 21];
        for (uint256 i = 0; i < sizes.length; ++i) {
            address[] memory signers = _addressesOf(_ascendingKeys(sizes[i]));
            vm.prank(address(desk));
            committee.setCommittee(WUHAN, signers, 0);
            (,, uint8 quorum,) = committee.committeeOf(WUHAN);
            assertEq(quorum, quorums[i], "quorum");
        }
    }

    function test_setCommittee__of_the_council__are_the_arbiters() public {
        address[] memory signers = _addressesOf(_ascendingKeys(4));
        vm.prank(address(desk));
        committee.setCommittee(COUNCIL, signers, 0);
        (uint32 epoch, address[] memory stored,,) = committee.committeeOf(COUNCIL);
        assertEq(epoch, 1, "epoch");
        assertEq(stored[3], signers[3], "signer");
    }

    // ------------------------------------------------------- requireQuorum

    function test_requireQuorum__no_committee__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IOracleCommittee.NoCommittee.selector, COUNCIL));
        committee.requireQuorum(COUNCIL, 1, REASON, new bytes[](0));
    }

    function test_requireQuorum__another_epoch__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IOracleCommittee.WrongEpoch.selector, uint32(1), uint32(2)));
        committee.requireQuorum(WUHAN, 2, REASON, _signaturesOf(REASON, 3));
    }

    function test_requireQuorum__too_few_or_many__reverts() public {
        for (uint256 count = 2; count <= 4; count += 2) {
            bytes[] memory signatures = _signaturesOf(REASON, count);
            vm.expectRevert(abi.encodeWithSelector(IOracleCommittee.WrongSignatureCount.selector, uint256(3), count));
            committee.requireQuorum(WUHAN, 1, REASON, signatures);
        }
    }

    function test_requireQuorum__of_another_digest__reverts() public {
        bytes[] memory signatures = _signaturesOf(REASON, 3);
        vm.expectRevert();
        committee.requireQuorum(WUHAN, 1, COMMITMENT, signatures);
    }

    function testFuzz_requireQuorum__answers_the_signers(bytes32 digest) public view {
        address[] memory signers = committee.requireQuorum(WUHAN, 1, digest, _signaturesOf(digest, 3));
        assertEq(signers.length, 3, "count");
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(signers[i], vm.addr(signerKeys[i]), "signer");
        }
    }

    function test_committeeOf__no_committee__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IOracleCommittee.NoCommittee.selector, uint32(340_000)));
        committee.committeeOf(340_000);
    }

    // ------------------------------------------------------------- digest

    /// @dev The digest by the letter of EIP-712, independent of the contract.
    function test_digestOf__follows_eip712() public view {
        Report memory report = _nextReport(WUHAN_PROJECT, 5000);
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Puhui OracleCommittee"),
                keccak256("1"),
                block.chainid,
                address(committee)
            )
        );
        bytes32 typeHash = keccak256(
            "Report(uint64 projectId,uint64 seq,uint32 periodStart,uint32 periodEnd,bytes32 methodologyHash,bytes32 evidenceHash,bytes32 logRoot,uint64 logSize,uint64 serialEnd,bytes32 prevDigest,uint40 validUntil,uint32 epoch)"
        );
        bytes memory head =
            abi.encode(typeHash, report.projectId, report.seq, report.periodStart, report.periodEnd, report.methodologyHash);
        bytes memory tail = abi.encode(
            report.evidenceHash,
            report.logRoot,
            report.logSize,
            report.serialEnd,
            report.prevDigest,
            report.validUntil,
            report.epoch
        );
        bytes32 expected = keccak256(abi.encodePacked("\x19\x01", domain, keccak256(bytes.concat(head, tail))));
        assertEq(committee.digestOf(report), expected, "digest");
    }

    // ------------------------------------------------------------- helpers

    function _expectCommitteeRefused(uint32 jurisdiction, uint256 size, bytes memory error_) private {
        address[] memory signers = _addressesOf(_ascendingKeys(size));
        vm.expectRevert(error_);
        vm.prank(address(desk));
        committee.setCommittee(jurisdiction, signers, 0);
    }
}
