// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICompliance, Quote, Rule} from "../src/ICompliance.sol";
import {ProjectFiling} from "../src/IFilings.sol";
import {Used} from "../src/IObligations.sol";
import {Terms} from "../src/IRecognition.sol";
import {RuleSet} from "../src/IRuleSets.sol";
import {Offsets} from "./Offsets.sol";

/// @notice Where credits come from: recognition with discount and yearly cap, and preference areas.
contract ComplianceForeignTest is Offsets {
    uint32 private constant PREFERRED_AREA = 420_117;

    // --------------------------------------------------------- recognition

    function test_offset__not_recognised() public {
        vm.prank(address(desk));
        recognition.withdrawTerms(WUHAN, SHANGHAI, METHOD, REASON);
        _expectRule(farBatch, 10, Rule.NotRecognised, 0);
        _offset(_line(localBatch, 10));
        Terms memory terms = Terms(0, YEARLY_CAP, uint40(block.timestamp + 10), uint40(block.timestamp + 20));
        vm.prank(address(desk));
        recognition.setTerms(WUHAN, SHANGHAI, METHOD, terms);
        vm.warp(terms.validFrom - 1);
        _expectRule(farBatch, 10, Rule.NotRecognised, 0);
        vm.warp(terms.validFrom);
        _offset(_line(farBatch, 10));
        vm.warp(terms.validUntil);
        _offset(_line(farBatch, 10));
        vm.warp(uint256(terms.validUntil) + 1);
        _expectRule(farBatch, 10, Rule.NotRecognised, 0);
    }

    function test_offset__excluded_project() public {
        vm.prank(address(desk));
        recognition.excludeProject(WUHAN, SHANGHAI_PROJECT, REASON);
        _expectRule(farBatch, 10, Rule.NotRecognised, 0);
    }

    function test_offset__discount_counts_against_the_account() public {
        _setRule(1);
        _setTerms(1, YEARLY_CAP);
        // 9999.9 of 10,000: what is left over is lost with every line.
        _offset(_line(farBatch, 9));
        Used memory used = compliance.usedOf(enterprise, YEAR);
        assertEq(used.otherGrams, 8, "counted");
        _offset(_line(farBatch, 2));
        assertEq(compliance.usedOf(enterprise, YEAR).otherGrams, 9, "and again");
        // A gram that counts for nothing is refused.
        _expectRefused(_line(farBatch, 1), _refusal(farBatch, Rule.Granularity, 1, _quote(farBatch).grams));
    }

    function test_offset__caps_are_of_counted_grams() public {
        _setRule(1);
        _setTerms(2000, YEARLY_CAP);
        Quote memory quote = _quote(farBatch);
        // The largest x with floor(0.8 x) <= 1000.
        assertEq(quote.capHeadroom, 1251, "headroom in grams of the batch");
        assertEq(quote.grams, 1251, "grams");
        assertEq(quote.countedGrams, CAP, "counted");
        assertEq(quote.discountBps, 2000, "discount");
        _expectRule(farBatch, 1252, Rule.Cap, 1251);
        _offset(_line(farBatch, 1251));
        assertEq(compliance.usedOf(enterprise, YEAR).otherGrams, CAP, "used");
        _expectRule(farBatch, 1, Rule.Cap, 0);
    }

    function test_offset__granules_that_count_for_nothing() public {
        _setRule(1);
        _setTerms(5000, YEARLY_CAP);
        vm.prank(agent);
        credits.safeTransferFrom(enterprise, buyer, farBatch, HELD - 1, "");
        _expectRule(farBatch, 1, Rule.Granularity, 0);
        assertEq(uint8(_quote(farBatch).binding), uint8(Rule.Granularity), "quoted rule");
    }

    function test_offset__yearly_cap_is_of_grams_before_the_discount_and_of_all_accounts() public {
        _setTerms(2000, 600);
        _setObligationOf(buyer, _owed(DUE));
        vm.prank(agent);
        credits.safeTransferFrom(enterprise, buyer, farBatch, 1000, "");
        _offset(_line(farBatch, 400));
        vm.expectRevert(
            abi.encodeWithSelector(
                ICompliance.OffsetRefused.selector, buyer, YEAR, farBatch, Rule.RecognitionCap, uint64(210), uint64(200)
            )
        );
        vm.prank(buyerAgent);
        compliance.offset(buyer, YEAR, _line(farBatch, 210), BENEFICIARY, STATEMENT);
        vm.prank(buyerAgent);
        compliance.offset(buyer, YEAR, _line(farBatch, 200), BENEFICIARY, STATEMENT);
        _expectRule(farBatch, 10, Rule.RecognitionCap, 0);
        assertEq(_quote(localBatch).recognitionHeadroom, NO_LIMIT, "local ones need no recognition");
        // A raised cap counts what was used under the lower one.
        _setTerms(2000, 700);
        _expectRule(farBatch, 110, Rule.RecognitionCap, 100);
        // The own terms of a project are counted by themselves.
        vm.prank(address(desk));
        recognition.setProjectTerms(WUHAN, SHANGHAI_PROJECT, Terms(0, 50, 1, type(uint40).max));
        _expectRule(farBatch, 60, Rule.RecognitionCap, 50);
    }

    function testFuzz_discount__is_exact(uint64 counted, uint16 discountBps) public {
        discountBps = uint16(bound(discountBps, 0, 9999));
        counted = uint64(bound(counted, 1, 1e12));
        _setRule(1);
        _setTerms(discountBps, type(uint64).max);
        _setObligation(_owed(counted * 20));
        uint256 x = _quote(farBatch).capHeadroom;
        assertTrue(x * (10_000 - discountBps) / 10_000 <= counted, "counts for no more");
        assertTrue((x + 1) * (10_000 - discountBps) / 10_000 > counted, "one gram more counts for more");
    }

    // ----------------------------------------------------------- preference

    function test_offset__preferred_share_is_enough() public {
        uint256 preferred = _preferredBatch(700);
        assertTrue(_quote(preferred).preferred, "from the area");
        assertTrue(!_quote(localBatch).preferred, "not from the area");
        // 60 % preferred instead of 70 % local: 600 of 1000.
        _offset(_line(preferred, 600));
        assertEq(_quote(farBatch).localShareHeadroom, 400, "by preference");
        _offset(_line(farBatch, 400));
        _assertShares();
        _expectRule(farBatch, 10, Rule.Cap, 0);
    }

    function test_offset__local_grams_must_not_spoil_the_preferred_share() public {
        uint256 preferred = _preferredBatch(700);
        _offset(_line(preferred, 300));
        _offset(_line(farBatch, 190));
        // 300 of 490 are 61 %, 300 of 500 are 60 %; 310 of 500 would be 62 % local.
        assertEq(_quote(localBatch).localShareHeadroom, 10, "headroom");
        _expectRule(localBatch, 20, Rule.LocalShare, 10);
        _offset(_line(localBatch, 10));
        _expectRule(localBatch, 10, Rule.LocalShare, 0);
        assertEq(_quote(preferred).localShareHeadroom, NO_LIMIT, "preferred ones always help");
        _offset(_line(preferred, 200));
        // 500 of 700 preferred, 510 of 700 local: now the local share holds by itself.
        assertEq(_quote(localBatch).localShareHeadroom, NO_LIMIT, "local ones are free again");
        _offset(_line(localBatch, 300));
        _assertShares();
    }

    function test_offset__local_grams_are_free_where_no_share_holds() public {
        _offset(_line(farBatch, 500));
        _preferredBatch(700);
        _expectRule(farBatch, 10, Rule.LocalShare, 0);
        assertEq(_quote(localBatch).localShareHeadroom, NO_LIMIT, "they can only help");
        _offset(_line(localBatch, 500));
    }

    // -------------------------------------------------------------- helpers

    function _setRule(uint64 granularity) private {
        RuleSet memory rules = _rules();
        rules.granularityGrams = granularity;
        _setRules(rules);
    }

    /// @dev Rules of 70 % local or 60 % preferred, and a batch from the area on the enterprise's account.
    function _preferredBatch(uint64 grams) private returns (uint256) {
        RuleSet memory rules = _rules();
        (rules.localShareMinBps, rules.preferredShareMinBps) = (7000, 6000);
        rules.preferenceAreas = new uint32[](1);
        rules.preferenceAreas[0] = PREFERRED_AREA;
        _setRules(rules);
        ProjectFiling memory filing = filings.projectOf(WUHAN_PROJECT).filing;
        filing.area = PREFERRED_AREA;
        vm.prank(address(desk));
        filings.fileProject(WUHAN, filing);
        return _issueTo(enterprise, uint64(WUHAN) << 32 | filings.projectCount(WUHAN), grams);
    }

    function _assertShares() private view {
        Used memory used = compliance.usedOf(enterprise, YEAR);
        uint256 total = uint256(used.localGrams) + used.otherGrams;
        assertTrue(used.localGrams * 10 >= total * 7 || used.preferredGrams * 10 >= total * 6, "one of the shares holds");
    }
}
