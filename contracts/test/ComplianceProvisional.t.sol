// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus, IAccounts} from "../src/IAccounts.sol";
import {Role} from "../src/IAuthority.sol";
import {ICompliance, Provisional, Quote, Rule} from "../src/ICompliance.sol";
import {ICredits, Line, Purpose, Retirement} from "../src/ICredits.sol";
import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {IERC7943MultiToken} from "../src/IERC7943MultiToken.sol";
import {IObligations, Used} from "../src/IObligations.sol";
import {IPool} from "../src/IPool.sol";
import {RuleSet} from "../src/IRuleSets.sol";
import {Offsets} from "./Offsets.sol";

/// @notice Offsets that can be reversed for 100 seconds, from a pool, with a discount of a fifth from elsewhere.
contract ComplianceProvisionalTest is Offsets {
    uint32 private constant WINDOW = 100;

    function setUp() public override {
        super.setUp();
        _setTerms(2000, YEARLY_CAP);
    }

    function _rules() internal view override returns (RuleSet memory rules) {
        rules = super._rules();
        rules.reversalSeconds = WINDOW;
        (rules.pooled, rules.poolGrams) = (true, 1e6);
    }

    // -------------------------------------------------------------- offset

    function test_offset__locks_counts_and_tells() public {
        (, bytes32 termsKey) = recognition.termsFor(WUHAN, SHANGHAI_PROJECT, METHOD);
        (uint64 id, Provisional memory details) = _make(_twoLines(localBatch, 100, farBatch, 50));
        assertEq(id, 1, "number");
        assertEq(details.account, enterprise, "account");
        assertEq(details.year, YEAR, "year");
        assertEq(details.ruleVersion, 1, "version");
        assertEq(details.reversibleUntil, block.timestamp + WINDOW, "until");
        assertEq(details.by, agent, "by");
        assertEq(details.beneficiary, BENEFICIARY, "beneficiary");
        assertEq(details.statementHash, STATEMENT, "statement");
        assertEq(details.lines.length, 2, "lines");
        assertTrue(details.lines[0].local && !details.lines[1].local, "local");
        assertEq(details.lines[1].countedGrams, 40, "counted");
        assertEq(details.lines[1].termsKey, termsKey, "key");
        assertEq(compliance.provisionalHashOf(id), keccak256(abi.encode(details)), "hash");
        assertEq(compliance.provisionalCount(), 1, "count");

        assertEq(credits.retirementCount(), 0, "nothing retired");
        assertEq(credits.holdingOf(enterprise, farBatch).locked, 50, "locked");
        Used memory used = compliance.usedOf(enterprise, YEAR);
        assertEq(used.localGrams, 100, "local");
        assertEq(used.otherGrams, 40, "from elsewhere");
        assertEq(used.provisionalGrams, 140, "provisional");
        assertEq(compliance.recognisedGrams(termsKey, YEAR), 50, "recognised");
        assertEq(compliance.poolOf(WUHAN, YEAR).usedGrams, 140, "pool");
        Quote memory quote = _quote(localBatch);
        assertTrue(quote.provisional, "quoted as provisional");
        assertEq(quote.balance, HELD - 100, "what is locked is used");
    }

    // -------------------------------------------------------------- reverse

    function test_reverse__gives_everything_back_and_tells() public {
        Quote memory before = _quote(farBatch);
        (uint64 id, Provisional memory details) = _make(_twoLines(localBatch, 100, farBatch, 50));
        vm.warp(details.reversibleUntil);
        vm.expectEmit(true, true, true, true, address(compliance));
        emit ICompliance.OffsetReversed(id, enterprise, YEAR, details, bytes32(0), agent);
        _reverse(id, details);
        assertEq(keccak256(abi.encode(_quote(farBatch))), keccak256(abi.encode(before)), "as before");
        Used memory used = compliance.usedOf(enterprise, YEAR);
        assertEq(used.localGrams + used.otherGrams + used.provisionalGrams, 0, "nothing used");
        assertEq(compliance.recognisedGrams(details.lines[1].termsKey, YEAR), 0, "nothing recognised");
        assertEq(compliance.poolOf(WUHAN, YEAR).usedGrams, 0, "pool");
        assertEq(compliance.poolOf(WUHAN, YEAR).creditedGrams, 140, "credited");
        assertEq(credits.holdingOf(enterprise, localBatch).locked, 0, "free");
    }

    function test_reverse__refusals__revert() public {
        (uint64 id, Provisional memory details) = _make(_line(localBatch, 100));
        vm.expectRevert(abi.encodeWithSelector(IAccounts.NotAgent.selector, enterprise, outsider));
        vm.prank(outsider);
        compliance.reverse(id, details);
        _expectNotProvisional(id + 1, details);
        details.lines[0].grams += 1;
        _expectNotProvisional(id, details);
        details.lines[0].grams -= 1;
        details.account = buyer;
        _expectNotProvisional(id, details);
        details.account = enterprise;

        _setStatus(enterprise, AccountStatus.Frozen);
        vm.expectRevert(abi.encodeWithSelector(IPool.AccountNotUsable.selector, enterprise, AccountStatus.Frozen));
        _reverse(id, details);
        _setStatus(enterprise, AccountStatus.Restricted);
        vm.warp(uint256(details.reversibleUntil) + 1);
        vm.expectRevert(
            abi.encodeWithSelector(ICompliance.ReversalOver.selector, id, details.reversibleUntil, details.reversibleUntil + 1)
        );
        _reverse(id, details);
        vm.warp(details.reversibleUntil);
        _reverse(id, details);
        _expectNotProvisional(id, details);
    }

    function test_reverse__local_grams_that_the_rest_needs__reverts() public {
        RuleSet memory rules = _rules();
        (rules.localShareMinBps, rules.preferredShareMinBps) = (5000, 5000);
        _setRules(rules);
        (uint64 first, Provisional memory local) = _make(_line(localBatch, 100));
        (uint64 second, Provisional memory far) = _make(_line(farBatch, 100));
        vm.expectRevert(abi.encodeWithSelector(ICompliance.LocalShareMissed.selector, first, 0, 80));
        _reverse(first, local);
        _reverse(second, far);
        _reverse(first, local);
    }

    /// @dev The share was raised over what was offset: what is from elsewhere can go, what is local cannot.
    function test_reverse__where_the_share_is_missed_already() public {
        (uint64 first, Provisional memory local) = _make(_line(localBatch, 100));
        (uint64 second, Provisional memory far) = _make(_line(farBatch, 500));
        (uint64 third, Provisional memory far2) = _make(_line(farBatch, 500));
        RuleSet memory rules = _rules();
        (rules.localShareMinBps, rules.preferredShareMinBps) = (5000, 5000);
        _setRules(rules);
        vm.expectRevert(abi.encodeWithSelector(ICompliance.LocalShareMissed.selector, first, 0, 800));
        _reverse(first, local);
        _reverse(second, far);
        _reverse(third, far2);
        _reverse(first, local);
    }

    function test_reverseByOrder__also_after_the_window() public {
        (uint64 id, Provisional memory details) = _make(_twoLines(localBatch, 100, farBatch, 50));
        vm.warp(block.timestamp + 10 * WINDOW);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, agent));
        vm.prank(agent);
        compliance.reverseByOrder(WUHAN, id, details, REASON);
        vm.expectRevert(abi.encodeWithSelector(IObligations.InvalidField.selector, bytes32("reasonHash")));
        _order(WUHAN, id, details, bytes32(0));
        vm.expectRevert(abi.encodeWithSelector(IObligations.WrongJurisdiction.selector, enterprise, WUHAN, SHANGHAI));
        _order(SHANGHAI, id, details, REASON);
        vm.expectEmit(true, true, true, true, address(compliance));
        emit ICompliance.OffsetReversed(id, enterprise, YEAR, details, REASON, address(desk));
        _order(WUHAN, id, details, REASON);
        assertEq(compliance.usedOf(enterprise, YEAR).localGrams, 0, "given back");
        vm.expectRevert(abi.encodeWithSelector(ICompliance.NotProvisional.selector, id));
        _order(WUHAN, id, details, REASON);
    }

    /// @dev Grams found invalid cannot be retired; the order frees what was counted with them.
    function test_reverseByOrder__of_recalled_grams() public {
        (uint64 id, Provisional memory details) = _make(_line(localBatch, 100));
        _install(Role.Corrector, address(this));
        credits.recall(enterprise, localBatch, HELD);
        vm.warp(block.timestamp + 10 * WINDOW);
        vm.expectPartialRevert(IERC7943MultiToken.ERC7943InsufficientUnfrozenBalance.selector);
        compliance.finalise(id, details);
        _order(WUHAN, id, details, REASON);
        assertEq(compliance.usedOf(enterprise, YEAR).localGrams, 0, "given back");
    }

    // ------------------------------------------------------------- finalise

    function test_finalise__retires_and_tells() public {
        (uint64 id, Provisional memory details) = _make(_twoLines(localBatch, 100, farBatch, 50));
        uint256 over = uint256(details.reversibleUntil) + 1;
        vm.expectRevert(
            abi.encodeWithSelector(ICompliance.ReversalOpen.selector, id, details.reversibleUntil, details.reversibleUntil)
        );
        vm.warp(details.reversibleUntil);
        compliance.finalise(id, details);
        vm.warp(over);
        details.lines[1].countedGrams += 1;
        vm.expectRevert(abi.encodeWithSelector(ICompliance.NotProvisional.selector, id));
        compliance.finalise(id, details);
        details.lines[1].countedGrams -= 1;

        bytes32 key = details.lines[1].termsKey;
        vm.expectEmit(true, true, true, true, address(credits));
        emit ICredits.Retired(1, localBatch, enterprise, 0, 100, Purpose.ComplianceOffset, BENEFICIARY, STATEMENT, agent);
        vm.expectEmit(true, true, true, true, address(compliance));
        emit ICompliance.OffsetMade(1, enterprise, YEAR, localBatch, 100, 100, true, false, 0, 1, agent);
        vm.expectEmit(true, true, true, true, address(compliance));
        emit ICompliance.OffsetMade(2, enterprise, YEAR, farBatch, 50, 40, false, false, key, 1, agent);
        vm.expectEmit(true, true, true, true, address(compliance));
        emit ICompliance.OffsetFinalised(id, enterprise, YEAR, details, 1, outsider);
        vm.prank(outsider);
        assertEq(compliance.finalise(id, details), 1, "first retirement");

        assertEq(credits.retirementOf(farBatch, 0).grams, 50, "retired in the ledger");
        assertEq(credits.holdingOf(enterprise, localBatch).locked, 0, "nothing locked");
        assertEq(credits.balanceOf(enterprise, localBatch), HELD - 100, "balance");
        Used memory used = compliance.usedOf(enterprise, YEAR);
        assertEq(used.localGrams + used.otherGrams, 140, "still used");
        assertEq(used.provisionalGrams, 0, "nothing provisional");
        vm.expectRevert(abi.encodeWithSelector(ICompliance.NotProvisional.selector, id));
        compliance.finalise(id, details);
    }

    function test_finalise__after_the_deadline_and_under_other_rules() public {
        (uint64 id, Provisional memory details) = _make(_line(localBatch, 100));
        RuleSet memory rules = _rules();
        (rules.reversalSeconds, rules.capBps, rules.nonLocalCapBps) = (0, 1, 1);
        _setRules(rules);
        vm.warp(uint256(rules.deadline) + 1);
        vm.expectEmit(true, true, true, true, address(compliance));
        emit ICompliance.OffsetMade(1, enterprise, YEAR, localBatch, 100, 100, true, false, 0, 1, agent);
        compliance.finalise(id, details);
    }

    /// @dev What waits for its window is out of everybody's reach.
    function test_locked_grams__move_and_retire_no_more() public {
        _make(_line(localBatch, CAP));
        vm.expectPartialRevert(IERC7943MultiToken.ERC7943InsufficientUnfrozenBalance.selector);
        vm.prank(agent);
        credits.safeTransferFrom(enterprise, buyer, localBatch, HELD - CAP + 1, "");
        _expectRefused(_line(localBatch, 10), _refusal(localBatch, Rule.Cap, 10, 0));
    }

    function test_offset__most_lines_made_and_reversed_and_made_final() public {
        Line[] memory lines = new Line[](50);
        for (uint256 i = 0; i < lines.length; ++i) {
            lines[i] = Line(i % 2 == 0 ? localBatch : farBatch, 20);
        }
        (uint64 id, Provisional memory details) = _make(lines);
        _reverse(id, details);
        (id, details) = _make(lines);
        vm.warp(uint256(details.reversibleUntil) + 1);
        compliance.finalise(id, details);
        assertEq(credits.retirementCount(), 50, "all");
    }

    // -------------------------------------------------------------- helpers

    function _make(Line[] memory lines) private returns (uint64 id, Provisional memory details) {
        return _offsetProvisionally(enterprise, agent, lines);
    }

    function _reverse(uint64 id, Provisional memory details) private {
        vm.prank(agent);
        compliance.reverse(id, details);
    }

    function _order(uint32 jurisdiction, uint64 id, Provisional memory details, bytes32 reasonHash) private {
        vm.prank(address(desk));
        compliance.reverseByOrder(jurisdiction, id, details, reasonHash);
    }

    function _expectNotProvisional(uint64 id, Provisional memory details) private {
        vm.expectRevert(abi.encodeWithSelector(ICompliance.NotProvisional.selector, id));
        _reverse(id, details);
    }
}
