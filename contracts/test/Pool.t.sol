// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountKind, AccountStatus, IAccounts} from "../src/IAccounts.sol";
import {ICompliance, Quote, Rule} from "../src/ICompliance.sol";
import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {IObligations} from "../src/IObligations.sol";
import {IPool, PoolState, Reservation} from "../src/IPool.sol";
import {RuleSet} from "../src/IRuleSets.sol";
import {Offsets} from "./Offsets.sol";

/// @notice A pool of 1000 grams, three accounts of Wuhan that may offset 1000 each.
contract PoolTest is Offsets {
    uint64 private constant POOL = 1000;

    address private _third;
    address private _thirdAgent = actor("THIRD_AGENT");
    uint256 private _buyerBatch;
    uint256 private _thirdBatch;

    function setUp() public override {
        super.setUp();
        _third = _openWithAgent(WUHAN, 9, AccountKind.Enterprise, _thirdAgent);
        _setObligationOf(buyer, _owed(DUE));
        _setObligationOf(_third, _owed(DUE));
        _buyerBatch = _issueTo(buyer, WUHAN_PROJECT, HELD);
        _thirdBatch = _issueTo(_third, WUHAN_PROJECT, HELD);
    }

    /// @dev Pooled from the first version on.
    function _rules() internal view override returns (RuleSet memory rules) {
        rules = super._rules();
        (rules.pooled, rules.poolGrams, rules.reservableUntil) = (true, POOL, rules.opensAt + 10 days);
    }

    // ------------------------------------------------------------- reserve

    function test_reserve__refusals__revert() public {
        vm.expectRevert(abi.encodeWithSelector(IAccounts.NotAgent.selector, enterprise, outsider));
        vm.prank(outsider);
        compliance.reserve(enterprise, YEAR, 10);
        _expectReserveRefused(0, abi.encodeWithSelector(IPool.ZeroGrams.selector));
        _expectReserveRefused(CAP + 1, abi.encodeWithSelector(IPool.ReservationTooLarge.selector, CAP + 1, CAP));
        _offset(_line(localBatch, 400));
        _expectReserveRefused(601, abi.encodeWithSelector(IPool.ReservationTooLarge.selector, 601, 600));
        _reserve(enterprise, agent, 600);
        _expectReserveRefused(1, abi.encodeWithSelector(IPool.AlreadyReserved.selector, enterprise, YEAR, 600));
    }

    function test_reserve__more_than_the_pool__reverts() public {
        _setObligation(_owed(10 * DUE));
        _expectReserveRefused(POOL + 1, abi.encodeWithSelector(IPool.ReservationTooLarge.selector, POOL + 1, POOL));
    }

    function test_reserve__what_refuses_any_offset__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(ICompliance.ReservationRefused.selector, enterprise, YEAR + 1, Rule.NoRuleSet));
        vm.prank(agent);
        compliance.reserve(enterprise, YEAR + 1, 10);
        address fourth = _openWithAgent(WUHAN, 10, AccountKind.Enterprise, agent);
        vm.expectRevert(abi.encodeWithSelector(ICompliance.ReservationRefused.selector, fourth, YEAR, Rule.NoObligation));
        vm.prank(agent);
        compliance.reserve(fourth, YEAR, 10);
        vm.prank(address(desk));
        compliance.setFulfilment(WUHAN, enterprise, YEAR, 0, true, REASON);
        _expectReserveRefused(
            10, abi.encodeWithSelector(ICompliance.ReservationRefused.selector, enterprise, YEAR, Rule.Excluded)
        );
        vm.prank(address(desk));
        compliance.setFulfilment(WUHAN, enterprise, YEAR, 0, false, REASON);
        _setStatus(enterprise, AccountStatus.Frozen);
        bytes memory error_ =
            abi.encodeWithSelector(ICompliance.ReservationRefused.selector, enterprise, YEAR, Rule.AccountStatus);
        _expectReserveRefused(10, error_);
    }

    function test_reserve__without_a_pool__reverts() public {
        RuleSet memory rules = super._rules();
        vm.prank(address(desk));
        ruleSets.setRuleSet(WUHAN, YEAR + 1, rules);
        vm.prank(address(desk));
        compliance.setObligation(WUHAN, enterprise, YEAR + 1, _owed(DUE));
        vm.expectRevert(abi.encodeWithSelector(IPool.NoPool.selector, WUHAN, YEAR + 1));
        vm.prank(agent);
        compliance.reserve(enterprise, YEAR + 1, 10);
    }

    function test_reserve__until_its_last_second_also_before_the_opening() public {
        RuleSet memory rules = _rules();
        rules.opensAt += 1 days;
        _setRules(rules);
        _reserve(enterprise, agent, 10);
        vm.warp(rules.reservableUntil);
        _reserve(buyer, buyerAgent, 10);
        vm.warp(uint256(rules.reservableUntil) + 1);
        vm.expectRevert(
            abi.encodeWithSelector(IPool.ReservationClosed.selector, rules.reservableUntil, rules.reservableUntil + 1)
        );
        vm.prank(_thirdAgent);
        compliance.reserve(_third, YEAR, 10);
    }

    function test_reserve__stores_and_tells_the_place() public {
        vm.expectEmit(true, true, true, true, address(compliance));
        emit IPool.Reserved(WUHAN, YEAR, enterprise, 0, 700, agent);
        _reserve(enterprise, agent, 700);
        vm.expectEmit(true, true, true, true, address(compliance));
        emit IPool.Reserved(WUHAN, YEAR, buyer, 700, 500, buyerAgent);
        _reserve(buyer, buyerAgent, 500);
        _reserve(_third, _thirdAgent, 100);
        _assertReservation(enterprise, 0, 700, 700, 0);
        _assertReservation(buyer, 700, 500, 300, 0);
        // Of the 1200 before it 1000 are served.
        _assertReservation(_third, 1200, 100, 0, 200);
        _assertPool(1300, 0, 0);
    }

    // -------------------------------------------------------------- offset

    function test_offset__takes_the_own_reservation_first() public {
        _reserve(enterprise, agent, 300);
        _reserve(buyer, buyerAgent, 500);
        // 300 reserved and 200 that nobody asked for.
        assertEq(_quote(localBatch).poolHeadroom, 500, "headroom");
        _expectRule(localBatch, 510, Rule.Pool, 500);
        _offset(_line(localBatch, 200));
        _assertReservation(enterprise, 200, 100, 100, 0);
        _assertPool(800, 0, 200);
        _offset(_line(localBatch, 150));
        assertEq(compliance.reservationOf(enterprise, YEAR).grams, 0, "used up");
        _assertPool(850, 0, 350);
        _expectRule(localBatch, 160, Rule.Pool, 150);
    }

    function test_offset__without_a_reservation_only_while_nobody_waits() public {
        _reserve(buyer, buyerAgent, 700);
        _reserve(_third, _thirdAgent, 700);
        _expectRule(localBatch, 10, Rule.Pool, 0);
        // Granted to the third are 300.
        Quote memory quote = compliance.quote(_third, YEAR, _thirdBatch);
        assertEq(quote.grams, 300, "granted");
        assertEq(uint8(quote.binding), uint8(Rule.Pool), "binding");
        vm.prank(_thirdAgent);
        compliance.offset(_third, YEAR, _line(_thirdBatch, 300), BENEFICIARY, STATEMENT);
        vm.prank(buyerAgent);
        compliance.offset(buyer, YEAR, _line(_buyerBatch, 700), BENEFICIARY, STATEMENT);
        _assertPool(1400, 0, 1000);
        assertEq(compliance.quote(_third, YEAR, _thirdBatch).poolHeadroom, 0, "nothing left");
    }

    function test_offset__lines_share_what_the_pool_leaves() public {
        _setObligation(_owed(2 * DUE));
        _expectRefused(_twoLines(localBatch, 600, farBatch, 410), _refusal(farBatch, Rule.Pool, 410, 400));
        _offset(_twoLines(localBatch, 600, farBatch, 400));
        _assertPool(1000, 0, 1000);
    }

    // ------------------------------------------------------------- release

    function test_releaseReservation__granted__moves_the_queue_up() public {
        _reserve(enterprise, agent, 700);
        _reserve(buyer, buyerAgent, 500);
        _reserve(_third, _thirdAgent, 400);
        vm.expectEmit(true, true, true, true, address(compliance));
        emit IPool.ReservationReleased(WUHAN, YEAR, enterprise, 0, 700, true, bytes32(0), agent);
        vm.prank(agent);
        compliance.releaseReservation(enterprise, YEAR);
        _assertReservation(buyer, 700, 500, 500, 0);
        _assertReservation(_third, 1200, 400, 400, 0);
        _assertPool(1600, 700, 0);
    }

    /// @dev The part that waits must not be credited twice: its grams do not exist.
    function test_releaseReservation__granted_in_part__credits_it_once() public {
        _reserve(enterprise, agent, 700);
        _reserve(buyer, buyerAgent, 500);
        _reserve(_third, _thirdAgent, 400);
        vm.prank(buyerAgent);
        compliance.releaseReservation(buyer, YEAR);
        // 700 + 300 = the pool.
        _assertReservation(_third, 1200, 400, 300, 0);
    }

    function test_releaseReservation__waiting__is_credited_when_it_is_reached() public {
        _reserve(enterprise, agent, 700);
        _reserve(buyer, buyerAgent, 700);
        _reserve(_third, _thirdAgent, 700);
        address fourth = _openWithAgent(WUHAN, 10, AccountKind.Enterprise, agent);
        _setObligationOf(fourth, _owed(DUE));
        _reserve(fourth, agent, 100);

        vm.expectEmit(true, true, true, true, address(compliance));
        emit IPool.ReservationReleased(WUHAN, YEAR, _third, 1400, 700, false, bytes32(0), _thirdAgent);
        vm.prank(_thirdAgent);
        compliance.releaseReservation(_third, YEAR);
        assertEq(compliance.releasedAt(WUHAN, YEAR, 1400), 700, "noted");
        // Nobody is served yet by what waited.
        _assertReservation(buyer, 700, 700, 300, 0);
        vm.expectRevert(abi.encodeWithSelector(IPool.NothingToCredit.selector, 1400));
        compliance.creditReleased(WUHAN, YEAR, 1400);

        vm.prank(agent);
        compliance.releaseReservation(enterprise, YEAR);
        _assertReservation(buyer, 700, 700, 700, 0);
        // 1700 are served: the 700 of the released stretch hide the fourth.
        _assertReservation(fourth, 2100, 100, 0, 400);
        vm.expectEmit(true, true, true, true, address(compliance));
        emit IPool.ReleasedCredited(WUHAN, YEAR, 1400, 700);
        vm.prank(outsider);
        compliance.creditReleased(WUHAN, YEAR, 1400);
        _assertReservation(fourth, 2100, 100, 100, 0);
        vm.expectRevert(abi.encodeWithSelector(IPool.NothingToCredit.selector, 1400));
        compliance.creditReleased(WUHAN, YEAR, 1400);
    }

    function test_releaseReservation__refusals__revert() public {
        vm.expectRevert(abi.encodeWithSelector(IPool.NothingReserved.selector, enterprise, YEAR));
        vm.prank(agent);
        compliance.releaseReservation(enterprise, YEAR);
        _reserve(enterprise, agent, 10);
        vm.expectRevert(abi.encodeWithSelector(IAccounts.NotAgent.selector, enterprise, buyerAgent));
        vm.prank(buyerAgent);
        compliance.releaseReservation(enterprise, YEAR);
        _setStatus(enterprise, AccountStatus.Frozen);
        vm.expectRevert(abi.encodeWithSelector(IPool.AccountNotUsable.selector, enterprise, AccountStatus.Frozen));
        vm.prank(agent);
        compliance.releaseReservation(enterprise, YEAR);
    }

    function test_releaseByOrder__of_a_frozen_account() public {
        _reserve(enterprise, agent, 700);
        _setStatus(enterprise, AccountStatus.Frozen);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, registrar));
        vm.prank(registrar);
        compliance.releaseByOrder(WUHAN, enterprise, YEAR, REASON);
        vm.expectRevert(abi.encodeWithSelector(IObligations.InvalidField.selector, bytes32("reasonHash")));
        vm.prank(address(desk));
        compliance.releaseByOrder(WUHAN, enterprise, YEAR, bytes32(0));
        vm.expectRevert(abi.encodeWithSelector(IObligations.WrongJurisdiction.selector, enterprise, WUHAN, SHANGHAI));
        vm.prank(address(desk));
        compliance.releaseByOrder(SHANGHAI, enterprise, YEAR, REASON);
        vm.expectEmit(true, true, true, true, address(compliance));
        emit IPool.ReservationReleased(WUHAN, YEAR, enterprise, 0, 700, true, REASON, address(desk));
        vm.prank(address(desk));
        compliance.releaseByOrder(WUHAN, enterprise, YEAR, REASON);
        assertEq(compliance.reservationOf(enterprise, YEAR).grams, 0, "gone");
    }

    // ------------------------------------------------------- later versions

    function test_pool__lowered_under_what_was_used__serves_nobody() public {
        _offset(_line(localBatch, 600));
        _reserve(buyer, buyerAgent, 400);
        RuleSet memory rules = _rules();
        rules.poolGrams = 500;
        _setRules(rules);
        assertEq(compliance.quote(buyer, YEAR, _buyerBatch).poolHeadroom, 0, "nothing left");
        rules.poolGrams = 700;
        _setRules(rules);
        assertEq(compliance.quote(buyer, YEAR, _buyerBatch).poolHeadroom, 100, "the rest");
    }

    // ------------------------------------------------------------- helpers

    function _reserve(address account, address person, uint64 grams) private {
        vm.prank(person);
        compliance.reserve(account, YEAR, grams);
    }

    function _expectReserveRefused(uint64 grams, bytes memory error_) private {
        vm.expectRevert(error_);
        vm.prank(agent);
        compliance.reserve(enterprise, YEAR, grams);
    }

    function _assertReservation(address account, uint96 start, uint64 grams, uint64 granted, uint96 ahead) private view {
        Reservation memory found = compliance.reservationOf(account, YEAR);
        assertEq(found.start, start, "start");
        assertEq(found.grams, grams, "grams");
        assertEq(found.grantedGrams, granted, "granted");
        assertEq(found.aheadGrams, ahead, "ahead");
    }

    function _assertPool(uint96 demandEnd, uint96 credited, uint64 used) private view {
        PoolState memory pool = compliance.poolOf(WUHAN, YEAR);
        assertEq(pool.demandEnd, demandEnd, "demand");
        assertEq(pool.creditedGrams, credited, "credited");
        assertEq(pool.usedGrams, used, "used");
    }
}
