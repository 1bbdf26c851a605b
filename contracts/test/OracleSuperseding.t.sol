// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AcceptedReport, IOracleCommittee, Report, ReportStatus} from "../src/IOracleCommittee.sol";
import {Disputes} from "./Disputes.sol";

/// @notice What follows a report that is not final, and what comes in the place of an overturned one.
contract OracleSupersedingTest is Disputes {
    // ------------------------------------------------- the report after it

    function test_submit__after_one_that_is_not_final__reverts() public {
        Report memory next = _nextReport(WUHAN_PROJECT, 100);
        bytes memory refusal = abi.encodeWithSelector(IOracleCommittee.PreviousNotFinal.selector, WUHAN_PROJECT, uint64(1));
        _expectSubmitRefused(next, refusal);
        _dispute();
        vm.warp(block.timestamp + WINDOW_SECONDS);
        _expectSubmitRefused(next, refusal);
        _resolve(true);
        committee.submit(next, _signatures(next, 3));
    }

    function test_submit__after_an_overturned_one__keeps_its_number_and_names_it() public {
        bytes32 digest = _overturn();
        Report memory wrong = _nextReport(WUHAN_PROJECT, 100);
        _expectSubmitRefused(
            wrong, abi.encodeWithSelector(IOracleCommittee.WrongSeq.selector, WUHAN_PROJECT, uint64(1), uint64(2))
        );
        Report memory report = _superseding(digest, 4000);
        report.prevDigest = bytes32(0);
        _expectSubmitRefused(
            report, abi.encodeWithSelector(IOracleCommittee.WrongPrevDigest.selector, WUHAN_PROJECT, digest, bytes32(0))
        );
    }

    function test_submit__in_the_place_of_an_overturned_one__continues_from_the_one_before_it() public {
        vm.warp(block.timestamp + WINDOW_SECONDS);
        _accept(WUHAN_PROJECT, 700);
        AcceptedReport memory overturned = committee.reportOf(WUHAN_PROJECT, 2);
        _disputeAndOverturn(2);
        Report memory report = _superseding(overturned.digest, 5200);
        report.seq = 2;
        report.periodStart = FIRST_DAY;
        _expectSubmitRefused(report, abi.encodeWithSelector(IOracleCommittee.PeriodOverlaps.selector, FIRST_DAY, FIRST_DAY));
        report.periodStart = FIRST_DAY + 1;
        report.periodEnd = FIRST_DAY + 1;
        report.logSize = 15;
        vm.expectEmit(true, true, true, true, address(committee));
        emit IOracleCommittee.ReportSuperseded(WUHAN_PROJECT, 2, overturned.digest, committee.digestOf(report));
        committee.submit(report, _signatures(report, 3));

        AcceptedReport memory stored = committee.reportOf(WUHAN_PROJECT, 2);
        assertEq(stored.serialStart, 5000, "start");
        assertEq(stored.serialEnd, 5200, "end");
        assertTrue(stored.status == ReportStatus.Accepted, "status");
        assertEq(committee.lastSeq(WUHAN_PROJECT), 2, "last");
        vm.warp(stored.finalAt);
        assertTrue(committee.isFinal(WUHAN_PROJECT, 2), "final");
        _accept(WUHAN_PROJECT, 1);
    }

    /// @dev Even the second in one place can be overturned, and the place is never lost.
    function test_submit__again_and_again_in_one_place__is_accepted() public {
        for (uint256 i = 0; i < 3; ++i) {
            bytes32 digest = _overturn();
            Report memory report = _superseding(digest, 100);
            committee.submit(report, _signatures(report, 3));
        }
        assertEq(committee.lastSeq(WUHAN_PROJECT), 1, "one place");
    }

    function test_submit__the_overturned_report_again__reverts() public {
        Report memory same = _nextReport(SHANGHAI_PROJECT, 5000);
        same.projectId = WUHAN_PROJECT;
        bytes32 digest = _overturn();
        same.epoch = 2;
        _expectSubmitRefused(
            same, abi.encodeWithSelector(IOracleCommittee.WrongPrevDigest.selector, WUHAN_PROJECT, digest, bytes32(0))
        );
    }

    // ------------------------------------------------------------- helpers

    function _superseding(bytes32 overturned, uint64 serialEnd) private view returns (Report memory report) {
        report = _nextReport(SHANGHAI_PROJECT, serialEnd);
        report.projectId = WUHAN_PROJECT;
        report.prevDigest = overturned;
        report.epoch = 2;
    }

    function _expectSubmitRefused(Report memory report, bytes memory refusal) private {
        bytes[] memory signatures = _signatures(report, 3);
        vm.expectRevert(refusal);
        committee.submit(report, signatures);
    }
}
