// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommittees} from "../src/ICommittees.sol";
import {FilingStatus, IFilings} from "../src/IFilings.sol";
import {AcceptedReport, IOracleCommittee, Report, Stretch} from "../src/IOracleCommittee.sol";
import {Register} from "./Register.sol";

/// @notice Reports, check by check in the order of the contract.
contract OracleCommitteeSubmitTest is Register {
    /// @dev The order of the secp256k1 group: (r, n - s) with the other v is the malleable twin of a signature.
    uint256 private constant GROUP_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    Report private report;

    function setUp() public override {
        super.setUp();
        report = _nextReport(WUHAN_PROJECT, 5000);
    }

    // -------------------------------------------- submit: the report itself

    function test_submit__period_reversed__reverts() public {
        report.periodStart = FIRST_DAY + 1;
        _expectRefused(abi.encodeWithSelector(IOracleCommittee.PeriodReversed.selector, FIRST_DAY + 1, FIRST_DAY));
    }

    function test_submit__period_past_the_calendar__reverts() public {
        uint32 lastDay = type(uint24).max;
        report.periodEnd = lastDay + 1;
        _expectRefused(abi.encodeWithSelector(IOracleCommittee.PeriodTooLate.selector, lastDay + 1, lastDay));
        report.periodStart = type(uint32).max;
        report.periodEnd = type(uint32).max;
        _expectRefused(abi.encodeWithSelector(IOracleCommittee.PeriodTooLate.selector, type(uint32).max, lastDay));
    }

    function test_submit__period_across_years__reverts() public {
        report.periodEnd = FIRST_DAY + 366;
        _expectRefused(abi.encodeWithSelector(IOracleCommittee.PeriodAcrossYears.selector, FIRST_DAY, FIRST_DAY + 366));
    }

    /// @dev A day of the scheme's zone, UTC+08:00, ends at 16:00 UTC of its date.
    function test_submit__period_not_over__reverts() public {
        report.validUntil = type(uint40).max;
        uint256 over = uint256(report.periodEnd) * 1 days + 16 hours;
        vm.warp(over - 1);
        _expectRefused(
            abi.encodeWithSelector(IOracleCommittee.PeriodNotOver.selector, report.periodEnd, uint40(block.timestamp))
        );
        vm.warp(over);
        committee.submit(report, _signatures(report, 3));
        assertEq(committee.lastSeq(WUHAN_PROJECT), 1, "accepted as the day ends");
    }

    function test_submit__period_of_the_last_day_of_the_calendar__reverts() public {
        report.periodStart = type(uint24).max;
        report.periodEnd = type(uint24).max;
        _expectRefused(
            abi.encodeWithSelector(IOracleCommittee.PeriodNotOver.selector, type(uint24).max, uint40(block.timestamp))
        );
    }

    function test_submit__whole_year_is_accepted() public {
        report.periodEnd = FIRST_DAY + 365;
        committee.submit(report, _signatures(report, 3));
        assertEq(committee.vintageOf(WUHAN_PROJECT, 1), 2016, "vintage");
    }

    function test_submit__expired__reverts() public {
        vm.warp(report.validUntil + 1);
        _expectRefused(
            abi.encodeWithSelector(IOracleCommittee.ReportExpired.selector, report.validUntil, report.validUntil + 1)
        );
    }

    function test_submit__in_the_last_second_is_accepted() public {
        vm.warp(report.validUntil);
        committee.submit(report, _signatures(report, 3));
        assertEq(committee.lastSeq(WUHAN_PROJECT), 1, "accepted");
    }

    // ---------------------------------------------- submit: the committee

    function test_submit__no_committee__reverts() public {
        report.projectId = uint64(340_000) << 32 | 1;
        _expectRefused(abi.encodeWithSelector(ICommittees.NoCommittee.selector, uint32(340_000)));
    }

    function test_submit__wrong_epoch__reverts() public {
        report.epoch = 2;
        _expectRefused(abi.encodeWithSelector(ICommittees.WrongEpoch.selector, uint32(1), uint32(2)));
        report.epoch = 1;
        _setCommittee(WUHAN, 0);
        _expectRefused(abi.encodeWithSelector(ICommittees.WrongEpoch.selector, uint32(2), uint32(1)));
    }

    function test_submit__two_or_four_signatures__reverts() public {
        for (uint256 count = 0; count <= 4; ++count) {
            if (count == 3) continue;
            bytes[] memory signatures = _signatures(report, count);
            vm.expectRevert(abi.encodeWithSelector(ICommittees.WrongSignatureCount.selector, uint256(3), count));
            committee.submit(report, signatures);
        }
    }

    // ------------------------------------------------ submit: the chain

    function test_submit__wrong_seq__reverts() public {
        report.seq = 0;
        _expectRefused(abi.encodeWithSelector(IOracleCommittee.WrongSeq.selector, WUHAN_PROJECT, uint64(1), uint64(0)));
        report.seq = 2;
        _expectRefused(abi.encodeWithSelector(IOracleCommittee.WrongSeq.selector, WUHAN_PROJECT, uint64(1), uint64(2)));
    }

    function test_submit__replayed__reverts() public {
        committee.submit(report, _signatures(report, 3));
        _expectRefused(abi.encodeWithSelector(IOracleCommittee.WrongSeq.selector, WUHAN_PROJECT, uint64(2), uint64(1)));
    }

    function test_submit__wrong_prev_digest__reverts() public {
        report.prevDigest = keccak256("another chain");
        _expectRefused(
            abi.encodeWithSelector(IOracleCommittee.WrongPrevDigest.selector, WUHAN_PROJECT, bytes32(0), report.prevDigest)
        );
        report.prevDigest = bytes32(0);
        bytes32 digest = committee.submit(report, _signatures(report, 3));
        report = _nextReport(WUHAN_PROJECT, 1);
        report.prevDigest = bytes32(0);
        _expectRefused(abi.encodeWithSelector(IOracleCommittee.WrongPrevDigest.selector, WUHAN_PROJECT, digest, bytes32(0)));
    }

    function test_submit__period_overlaps__reverts() public {
        committee.submit(report, _signatures(report, 3));
        report = _nextReport(WUHAN_PROJECT, 1);
        report.periodStart = FIRST_DAY;
        _expectRefused(abi.encodeWithSelector(IOracleCommittee.PeriodOverlaps.selector, FIRST_DAY, FIRST_DAY));
    }

    function test_submit__line_not_forward__reverts() public {
        report.serialEnd = 0;
        _expectRefused(abi.encodeWithSelector(IOracleCommittee.LineNotForward.selector, uint64(0), uint64(0)));
        report.serialEnd = 5000;
        committee.submit(report, _signatures(report, 3));
        report = _nextReport(WUHAN_PROJECT, 1);
        report.serialEnd = 5000;
        _expectRefused(abi.encodeWithSelector(IOracleCommittee.LineNotForward.selector, uint64(5000), uint64(5000)));
    }

    function test_submit__log_not_forward__reverts() public {
        report.logSize = 0;
        _expectRefused(abi.encodeWithSelector(IOracleCommittee.LogNotForward.selector, uint64(0), uint64(0)));
        report.logSize = 10;
        committee.submit(report, _signatures(report, 3));
        report = _nextReport(WUHAN_PROJECT, 1);
        report.logSize = 9;
        _expectRefused(abi.encodeWithSelector(IOracleCommittee.LogNotForward.selector, uint64(10), uint64(9)));
    }

    function test_submit__line_too_long__reverts() public {
        report.serialEnd = uint64(type(uint56).max) + 1;
        _expectRefused(abi.encodeWithSelector(IOracleCommittee.LineTooLong.selector, report.serialEnd, report.logSize));
        report.serialEnd = type(uint56).max;
        report.logSize = uint64(type(uint56).max) + 1;
        _expectRefused(abi.encodeWithSelector(IOracleCommittee.LineTooLong.selector, report.serialEnd, report.logSize));
        report.logSize = type(uint56).max;
        committee.submit(report, _signatures(report, 3));
    }

    // ----------------------------------------------- submit: the filing

    function test_submit__unknown_project__reverts() public {
        report.projectId = uint64(WUHAN) << 32 | 9;
        _expectRefused(abi.encodeWithSelector(IFilings.UnknownProject.selector, report.projectId));
    }

    function test_submit__project_suspended__reverts() public {
        vm.prank(regulator);
        filings.suspendProject(WUHAN_PROJECT, REASON);
        _expectRefused(abi.encodeWithSelector(IOracleCommittee.ProjectNotInForce.selector, WUHAN_PROJECT));
    }

    function test_submit__another_methodology__reverts() public {
        report.methodologyHash = keccak256("another");
        _expectRefused(abi.encodeWithSelector(IOracleCommittee.WrongMethodology.selector, METHOD, report.methodologyHash));
    }

    function test_submit__methodology_suspended__reverts() public {
        vm.prank(address(desk));
        filings.setMethodologyStatus(COUNCIL, METHOD, FilingStatus.Suspended, REASON);
        _expectRefused(abi.encodeWithSelector(IOracleCommittee.MethodologyNotInForce.selector, METHOD));
    }

    function test_submit__period_outside_crediting__reverts() public {
        report.periodStart = FIRST_DAY - 1;
        report.periodEnd = FIRST_DAY - 1;
        _expectOutsideCrediting();
        report.periodStart = LAST_DAY + 1;
        report.periodEnd = LAST_DAY + 1;
        _expectOutsideCrediting();
    }

    // ---------------------------------------------- submit: the signatures

    function test_submit__same_signer_twice__reverts() public {
        bytes[] memory signatures = _signatures(report, 3);
        signatures[1] = signatures[0];
        address signer = vm.addr(signerKeys[0]);
        vm.expectRevert(abi.encodeWithSelector(ICommittees.SignersNotAscending.selector, signer, signer));
        committee.submit(report, signatures);
    }

    function test_submit__descending_signers__reverts() public {
        bytes[] memory signatures = _signatures(report, 3);
        (signatures[0], signatures[1]) = (signatures[1], signatures[0]);
        vm.expectRevert(
            abi.encodeWithSelector(ICommittees.SignersNotAscending.selector, vm.addr(signerKeys[1]), vm.addr(signerKeys[0]))
        );
        committee.submit(report, signatures);
    }

    function test_submit__outsiders_signature__reverts() public {
        uint256 key = 1;
        // An outsider whose address is the last, so that the order is right.
        while (vm.addr(key) < vm.addr(signerKeys[1])) key += 1;
        bytes[] memory signatures = _signatures(report, 3);
        signatures[2] = _sign(key, committee.digestOf(report));
        vm.expectRevert(abi.encodeWithSelector(ICommittees.NotASigner.selector, vm.addr(key), WUHAN, uint32(1)));
        committee.submit(report, signatures);
    }

    function test_submit__signer_of_the_past_epoch__reverts() public {
        uint256[] memory newKeys = _ascendingKeys(5);
        address[] memory signers = new address[](4);
        for (uint256 i = 0; i < 4; ++i) {
            signers[i] = vm.addr(newKeys[i + 1]);
        }
        _setCommittee(WUHAN, signers, 0, 0);
        report.epoch = 2;
        signerKeys = newKeys;
        bytes[] memory signatures = _signatures(report, 3);
        vm.expectRevert(abi.encodeWithSelector(ICommittees.NotASigner.selector, vm.addr(newKeys[0]), WUHAN, uint32(2)));
        committee.submit(report, signatures);
    }

    function test_submit__high_s__reverts() public {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(signerKeys[1], committee.digestOf(report));
        bytes[] memory signatures = _signatures(report, 3);
        signatures[1] = abi.encodePacked(r, bytes32(GROUP_ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        _expectInvalidSignature(signatures, 1);
    }

    function test_submit__malformed_signature__reverts() public {
        bytes[] memory signatures = _signatures(report, 3);
        bytes memory good = signatures[2];
        signatures[2] = "";
        _expectInvalidSignature(signatures, 2);
        signatures[2] = abi.encodePacked(good, uint8(0));
        _expectInvalidSignature(signatures, 2);
        // The compact form of ERC-2098 has 64 bytes.
        signatures[2] = new bytes(64);
        _expectInvalidSignature(signatures, 2);
        signatures[2] = new bytes(65);
        _expectInvalidSignature(signatures, 2);
    }

    function test_submit__stolen_keys_below_the_quorum_issue_nothing() public {
        // f = 1 key of 4, used three times over.
        bytes[] memory signatures = new bytes[](3);
        for (uint256 i = 0; i < 3; ++i) {
            signatures[i] = _sign(signerKeys[3], committee.digestOf(report));
        }
        address signer = vm.addr(signerKeys[3]);
        vm.expectRevert(abi.encodeWithSelector(ICommittees.SignersNotAscending.selector, signer, signer));
        committee.submit(report, signatures);
        assertEq(committee.lastSeq(WUHAN_PROJECT), 0, "nothing accepted");
    }

    /// @dev Whatever field is changed after signing, the signatures are of other addresses or the report is refused before.
    function testFuzz_submit__changed_after_signing__reverts(uint256 field, uint256 change) public {
        committee.submit(report, _signatures(report, 3));
        report = _nextReport(WUHAN_PROJECT, 100);
        bytes[] memory signatures = _signatures(report, 3);
        bytes memory words = abi.encode(report);
        uint8[12] memory bits = [64, 64, 32, 32, 255, 255, 255, 64, 64, 255, 40, 32];
        field = bound(field, 0, 11);
        uint256 mask = bound(change, 1, 2 ** bits[field] - 1);
        uint256[12] memory fields = abi.decode(words, (uint256[12]));
        fields[field] ^= mask;
        Report memory changed = abi.decode(abi.encode(fields), (Report));
        vm.expectRevert();
        committee.submit(changed, signatures);
    }

    function testFuzz_submit__chained_reports_move_the_line(uint64 first, uint64 second) public {
        first = uint64(bound(first, 1, 3e16));
        second = uint64(bound(second, 1, 3e16));
        _accept(WUHAN_PROJECT, first);
        _accept(WUHAN_PROJECT, second);
        AcceptedReport memory stored = committee.reportOf(WUHAN_PROJECT, 2);
        assertEq(stored.serialStart, first, "begins where the first ends");
        assertEq(stored.serialEnd, uint256(first) + second, "end of the line");
    }

    // ----------------------------------------------------- submit: success

    function test_submit__by_anyone_stores_and_tells() public {
        _setCommittee(WUHAN, 3600);
        report.epoch = 2;
        bytes32 digest = committee.digestOf(report);
        bytes[] memory signatures = _signatures(report, 3);
        address[] memory signers = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            signers[i] = vm.addr(signerKeys[i]);
        }
        uint40 finalAt = uint40(block.timestamp + 3600);

        vm.expectEmit(true, true, true, true, address(committee));
        emit IOracleCommittee.ReportAccepted(WUHAN_PROJECT, 1, digest, report, 0, 2016, finalAt, signers);
        vm.prank(outsider);
        assertEq(committee.submit(report, signatures), digest, "returned digest");

        AcceptedReport memory stored = committee.reportOf(WUHAN_PROJECT, 1);
        assertEq(stored.digest, digest, "digest");
        assertEq(stored.serialStart, 0, "start");
        assertEq(stored.serialEnd, 5000, "end");
        assertEq(stored.logSize, 10, "log size");
        assertEq(stored.periodEnd, FIRST_DAY, "period end");
        assertEq(stored.finalAt, finalAt, "final at");
        assertEq(committee.lastSeq(WUHAN_PROJECT), 1, "last seq");
        assertEq(committee.lastSeq(SHANGHAI_PROJECT), 0, "other project");
    }

    function test_submit__any_three_of_four_are_a_quorum() public {
        bytes32 digest = committee.digestOf(report);
        bytes[] memory signatures = new bytes[](3);
        signatures[0] = _sign(signerKeys[0], digest);
        signatures[1] = _sign(signerKeys[2], digest);
        signatures[2] = _sign(signerKeys[3], digest);
        committee.submit(report, signatures);
        assertEq(committee.lastSeq(WUHAN_PROJECT), 1, "accepted");
    }

    function test_finality__begins_when_the_dispute_window_ends() public {
        _setCommittee(WUHAN, 3600);
        report.epoch = 2;
        committee.submit(report, _signatures(report, 3));
        uint256 finalAt = block.timestamp + 3600;
        vm.warp(finalAt - 1);
        assertTrue(!committee.isFinal(WUHAN_PROJECT, 1), "one second before");
        assertEq(committee.finalStretchOf(WUHAN_PROJECT, 1).serialEnd, 0, "no stretch yet");
        vm.warp(finalAt);
        assertTrue(committee.isFinal(WUHAN_PROJECT, 1), "final");
        Stretch memory stretch = committee.finalStretchOf(WUHAN_PROJECT, 1);
        assertEq(stretch.serialStart, 0, "start");
        assertEq(stretch.serialEnd, 5000, "end");
        assertEq(stretch.vintage, 2016, "vintage");
    }

    function test_views__unknown_report() public {
        assertTrue(!committee.isFinal(WUHAN_PROJECT, 1), "not final");
        assertEq(committee.finalStretchOf(WUHAN_PROJECT, 1).serialEnd, 0, "no stretch");
        bytes memory unknown = abi.encodeWithSelector(IOracleCommittee.UnknownReport.selector, WUHAN_PROJECT, uint64(1));
        vm.expectRevert(unknown);
        committee.reportOf(WUHAN_PROJECT, 1);
        vm.expectRevert(unknown);
        committee.vintageOf(WUHAN_PROJECT, 1);
    }

    // ------------------------------------------------------------- helpers

    function _expectRefused(bytes memory error_) private {
        bytes[] memory signatures = _signatures(report, 3);
        vm.expectRevert(error_);
        committee.submit(report, signatures);
    }

    function _expectOutsideCrediting() private {
        _expectRefused(
            abi.encodeWithSelector(
                IOracleCommittee.PeriodOutsideCrediting.selector, report.periodStart, report.periodEnd, FIRST_DAY, LAST_DAY
            )
        );
    }

    function _expectInvalidSignature(bytes[] memory signatures, uint256 index) private {
        vm.expectRevert(abi.encodeWithSelector(ICommittees.InvalidSignature.selector, index));
        committee.submit(report, signatures);
    }
}
