// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommittees} from "../src/ICommittees.sol";
import {EmissionReport, IEmissions, VerifiedEmissions} from "../src/IEmissions.sol";
import {Emissions} from "../src/Emissions.sol";
import {Register} from "./Register.sol";

/// @notice Verified emissions: refusals in the order of the contract, then what is kept and told.
contract EmissionsTest is Register {
    uint16 private constant YEAR = 2026;

    EmissionReport private report;

    function setUp() public override {
        super.setUp();
        report = EmissionReport({
            account: enterprise,
            year: YEAR,
            grams: 80_000_000,
            evidenceHash: keccak256("emission statement"),
            revision: 1,
            validUntil: uint40(block.timestamp + 1 days),
            epoch: 1
        });
    }

    function test_submit__expired__reverts() public {
        vm.warp(report.validUntil + 1);
        _expectRefused(abi.encodeWithSelector(IEmissions.ReportExpired.selector, report.validUntil, report.validUntil + 1));
        vm.warp(report.validUntil);
        _submit();
    }

    function test_submit__no_grams_or_too_many__reverts() public {
        report.grams = 0;
        _expectRefused(abi.encodeWithSelector(IEmissions.InvalidEmissions.selector, uint64(0)));
        report.grams = 2 ** 63;
        _expectRefused(abi.encodeWithSelector(IEmissions.InvalidEmissions.selector, uint64(2 ** 63)));
        report.grams = 2 ** 63 - 1;
        _submit();
    }

    function test_submit__revision_that_is_not_the_next__reverts() public {
        for (uint64 revision = 0; revision <= 2; revision += 2) {
            report.revision = revision;
            _expectRefused(abi.encodeWithSelector(IEmissions.WrongRevision.selector, enterprise, YEAR, uint64(1), revision));
        }
        report.revision = 1;
        _submit();
        _expectRefused(abi.encodeWithSelector(IEmissions.WrongRevision.selector, enterprise, YEAR, uint64(2), uint64(1)));
    }

    /// @dev Even where the council has a committee, whose jurisdiction 0 is the answer for an address that is no account.
    function test_submit__unknown_account__reverts() public {
        _setCommittee(COUNCIL, 0);
        report.account = outsider;
        _expectRefused(abi.encodeWithSelector(IEmissions.UnknownAccount.selector, outsider));
    }

    function test_submit__jurisdiction_without_committee__reverts() public {
        vm.mockCall(address(accounts), abi.encodeCall(accounts.jurisdictionOf, (enterprise)), abi.encode(uint32(340_000)));
        _expectRefused(abi.encodeWithSelector(ICommittees.NoCommittee.selector, uint32(340_000)));
    }

    function test_submit__wrong_epoch__reverts() public {
        report.epoch = 2;
        _expectRefused(abi.encodeWithSelector(ICommittees.WrongEpoch.selector, uint32(1), uint32(2)));
    }

    function test_submit__without_a_quorum__reverts() public {
        for (uint256 count = 0; count <= 4; ++count) {
            if (count == 3) continue;
            bytes[] memory signatures = _signaturesOf(emissions.digestOf(report), count);
            vm.expectRevert(abi.encodeWithSelector(ICommittees.WrongSignatureCount.selector, uint256(3), count));
            emissions.submit(report, signatures);
        }
        bytes[] memory repeated = _signaturesOf(emissions.digestOf(report), 3);
        repeated[1] = repeated[0];
        address signer = vm.addr(signerKeys[0]);
        vm.expectRevert(abi.encodeWithSelector(ICommittees.SignersNotAscending.selector, signer, signer));
        emissions.submit(report, repeated);
        assertEq(emissions.verifiedOf(enterprise, YEAR), 0, "nothing taken");
    }

    /// @dev The digest names chain and contract, so neither another network nor another copy takes the signatures.
    function test_submit__signed_for_another_chain_or_contract__reverts() public {
        Emissions other = new Emissions(accounts, committee);
        bytes[] memory signatures = _signaturesOf(other.digestOf(report), 3);
        vm.expectRevert();
        emissions.submit(report, signatures);
        signatures = _signaturesOf(emissions.digestOf(report), 3);
        uint256 chain = block.chainid;
        vm.chainId(chain + 1);
        vm.expectRevert();
        emissions.submit(report, signatures);
        vm.chainId(chain);
        emissions.submit(report, signatures);
    }

    function testFuzz_submit__changed_after_signing__reverts(uint256 field, uint256 change) public {
        bytes[] memory signatures = _signaturesOf(emissions.digestOf(report), 3);
        uint8[7] memory bits = [160, 16, 64, 255, 64, 40, 32];
        field = bound(field, 0, 6);
        uint256[7] memory fields = abi.decode(abi.encode(report), (uint256[7]));
        fields[field] ^= bound(change, 1, 2 ** bits[field] - 1);
        EmissionReport memory changed = abi.decode(abi.encode(fields), (EmissionReport));
        vm.expectRevert();
        emissions.submit(changed, signatures);
    }

    function test_digestOf__follows_eip712() public view {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Puhui Emissions"),
                keccak256("1"),
                block.chainid,
                address(emissions)
            )
        );
        bytes32 typeHash = keccak256(
            "EmissionReport(address account,uint16 year,uint64 grams,bytes32 evidenceHash,uint64 revision,uint40 validUntil,uint32 epoch)"
        );
        bytes32 structHash = keccak256(
            abi.encode(
                typeHash,
                report.account,
                report.year,
                report.grams,
                report.evidenceHash,
                report.revision,
                report.validUntil,
                report.epoch
            )
        );
        assertEq(emissions.digestOf(report), keccak256(abi.encodePacked("\x19\x01", domain, structHash)), "digest");
    }

    function test_submit__by_anyone_keeps_and_tells_the_latest_revision() public {
        _submit();
        report.revision = 2;
        report.grams = 90_000_000;
        bytes32 digest = emissions.digestOf(report);
        address[] memory signers = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            signers[i] = vm.addr(signerKeys[i]);
        }
        bytes[] memory signatures = _signaturesOf(digest, 3);
        vm.expectEmit(true, true, true, true, address(emissions));
        emit IEmissions.EmissionsVerified(enterprise, YEAR, digest, report, signers);
        vm.prank(outsider);
        assertEq(emissions.submit(report, signatures), digest, "returned digest");

        assertEq(emissions.verifiedOf(enterprise, YEAR), 90_000_000, "grams");
        VerifiedEmissions memory stored = emissions.emissionsOf(enterprise, YEAR);
        assertEq(stored.grams, 90_000_000, "stored grams");
        assertEq(stored.revision, 2, "revision");
        assertEq(stored.verifiedAt, block.timestamp, "time");
        assertEq(emissions.verifiedOf(enterprise, YEAR + 1), 0, "other year");
        assertEq(emissions.verifiedOf(buyer, YEAR), 0, "other account");
    }

    function testFuzz_submit__each_figure_stands_alone(uint16 year, uint64 first, uint64 second) public {
        first = uint64(bound(first, 1, 2 ** 63 - 1));
        second = uint64(bound(second, 1, 2 ** 63 - 1));
        _verifyEmissions(enterprise, year, first);
        _verifyEmissions(farPlatform, year, second);
        assertEq(emissions.verifiedOf(enterprise, year), first, "one");
        assertEq(emissions.verifiedOf(farPlatform, year), second, "other");
        _verifyEmissions(enterprise, year, second);
        assertEq(emissions.verifiedOf(enterprise, year), second, "replaced");
    }

    function _submit() private {
        emissions.submit(report, _signaturesOf(emissions.digestOf(report), 3));
    }

    function _expectRefused(bytes memory error_) private {
        bytes[] memory signatures = _signaturesOf(emissions.digestOf(report), 3);
        vm.expectRevert(error_);
        emissions.submit(report, signatures);
    }
}
