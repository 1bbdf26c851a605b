// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Accounts} from "../src/Accounts.sol";
import {Account, AccountKind, AccountStatus, AgentRights, IAccounts} from "../src/IAccounts.sol";
import {Role} from "../src/IAuthority.sol";
import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {Network, StubLedger} from "./Network.sol";

contract AccountsTest is Network {
    address internal enterprise;

    function setUp() public override {
        super.setUp();
        enterprise = _openAccount(WUHAN, 1, AccountKind.Enterprise);
    }

    // wire

    function test_wire__outsider_or_second_time_or_zero__reverts() external {
        vm.expectRevert(abi.encodeWithSelector(IAccounts.NotWirable.selector, address(this)));
        accounts.wire(outsider);
        Accounts fresh = new Accounts(authority, address(desk), EMERGENCY_SECONDS);
        vm.prank(outsider);
        vm.expectRevert(abi.encodeWithSelector(IAccounts.NotWirable.selector, outsider));
        fresh.wire(outsider);
        vm.expectRevert(abi.encodeWithSelector(IAccounts.NotWirable.selector, address(this)));
        fresh.wire(address(0));
    }

    // openAccount

    function test_openAccount__not_through_the_desk__reverts() external {
        vm.prank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, registrar));
        accounts.openAccount(WUHAN, 2, AccountKind.Platform, COMMITMENT, new AgentRights[](0));
    }

    function test_openAccount__unknown_jurisdiction_or_council__reverts() external {
        _refuseOpening(999, 2, abi.encodeWithSelector(IAccounts.UnknownJurisdiction.selector, 999));
        _refuseOpening(COUNCIL, 2, abi.encodeWithSelector(IAccounts.UnknownJurisdiction.selector, COUNCIL));
    }

    function test_openAccount__number_zero_or_taken__reverts() external {
        _refuseOpening(WUHAN, 0, abi.encodeWithSelector(IAccounts.InvalidNumber.selector));
        _refuseOpening(WUHAN, 1, abi.encodeWithSelector(IAccounts.AccountExists.selector, enterprise));
    }

    function test_openAccount__closed_before__stays_closed() external {
        _setStatus(enterprise, AccountStatus.Closed);
        _refuseOpening(WUHAN, 1, abi.encodeWithSelector(IAccounts.AccountExists.selector, enterprise));
    }

    function test_openAccount__no_kind_or_commitment__reverts() external {
        vm.prank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(IAccounts.InvalidKind.selector));
        accounts.openAccount(WUHAN, 2, AccountKind.None, COMMITMENT, new AgentRights[](0));
        vm.prank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(IAccounts.InvalidCommitment.selector));
        accounts.openAccount(WUHAN, 2, AccountKind.Platform, bytes32(0), new AgentRights[](0));
    }

    function test_openAccount__emits_and_stores() external {
        address platform = accounts.addressOf(SHANGHAI, 1);
        vm.expectEmit(true, true, true, true, address(accounts));
        emit IAccounts.AccountOpened(platform, SHANGHAI, 1, AccountKind.Platform, COMMITMENT);
        vm.expectEmit(true, true, true, true, address(accounts));
        emit IAccounts.AgentSet(platform, agent, 5);
        vm.prank(address(desk));
        accounts.openAccount(SHANGHAI, 1, AccountKind.Platform, COMMITMENT, _agents(agent, 5));

        Account memory stored = accounts.accountOf(platform);
        assertEq(stored.jurisdiction, SHANGHAI, "jurisdiction");
        assertEq(stored.number, 1, "number");
        assertEq(stored.openedAt, block.timestamp, "time");
        assertEq(stored.identityCommitment, COMMITMENT, "commitment");
        assertTrue(stored.kind == AccountKind.Platform && stored.status == AccountStatus.Open, "kind and status");
        assertTrue(accounts.mayInitiate(platform, agent), "1 of 5");
    }

    function test_views__no_account__answer_or_revert() external {
        assertTrue(accounts.statusOf(outsider) == AccountStatus.None, "no status");
        assertEq(accounts.jurisdictionOf(outsider), 0, "no jurisdiction");
        assertTrue(!accounts.mayInitiate(outsider, outsider), "nobody's agent");
        vm.expectRevert(abi.encodeWithSelector(IAccounts.UnknownAccount.selector, outsider));
        accounts.accountOf(outsider);
    }

    // setAgents

    function test_setAgents__not_through_the_desk__reverts() external {
        vm.prank(agent);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, agent));
        accounts.setAgents(WUHAN, enterprise, _agents(agent, 7));
    }

    function test_setAgents__unknown_or_foreign_account__reverts() external {
        _refuseAgents(WUHAN, outsider, _agents(agent, 1), abi.encodeWithSelector(IAccounts.UnknownAccount.selector, outsider));
        _refuseAgents(
            SHANGHAI,
            enterprise,
            _agents(agent, 1),
            abi.encodeWithSelector(IAccounts.WrongJurisdiction.selector, enterprise, WUHAN, SHANGHAI)
        );
    }

    function test_setAgents__none_or_too_many__reverts() external {
        bytes4 selector = IAccounts.InvalidAgentCount.selector;
        _refuseAgents(WUHAN, enterprise, new AgentRights[](0), abi.encodeWithSelector(selector, 0));
        _refuseAgents(WUHAN, enterprise, new AgentRights[](51), abi.encodeWithSelector(selector, 51));
    }

    function test_setAgents__zero_or_account_or_rights_of_8__reverts() external {
        bytes4 selector = IAccounts.InvalidAgent.selector;
        _refuseAgents(WUHAN, enterprise, _agents(address(0), 1), abi.encodeWithSelector(selector, address(0), 1));
        _refuseAgents(WUHAN, enterprise, _agents(enterprise, 1), abi.encodeWithSelector(selector, enterprise, 1));
        _refuseAgents(WUHAN, enterprise, _agents(agent, 8), abi.encodeWithSelector(selector, agent, 8));
    }

    function test_setAgents__same_rights__reverts() external {
        _setAgent(enterprise, agent, 3);
        bytes4 selector = IAccounts.AgentUnchanged.selector;
        _refuseAgents(WUHAN, enterprise, _agents(agent, 3), abi.encodeWithSelector(selector, enterprise, agent, 3));
        _refuseAgents(WUHAN, enterprise, _agents(outsider, 0), abi.encodeWithSelector(selector, enterprise, outsider, 0));
    }

    function testFuzz_setAgents__rights_say_who_may_initiate(uint8 rights) external {
        rights = uint8(bound(rights, 1, 7));
        _setAgent(enterprise, agent, rights);
        assertEq(accounts.rightsOf(enterprise, agent), rights, "rights");
        assertTrue(accounts.mayInitiate(enterprise, agent) == (rights % 2 == 1), "INITIATE is 1");
        _setAgent(enterprise, agent, 0);
        assertTrue(!accounts.mayInitiate(enterprise, agent), "removed");
    }

    // setStatus

    function test_setStatus__not_through_the_desk__reverts() external {
        vm.prank(regulator);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, regulator));
        accounts.setStatus(WUHAN, enterprise, AccountStatus.Open, REASON);
    }

    function test_setStatus__foreign_account__reverts() external {
        vm.prank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(IAccounts.WrongJurisdiction.selector, enterprise, WUHAN, SHANGHAI));
        accounts.setStatus(SHANGHAI, enterprise, AccountStatus.Frozen, REASON);
    }

    function test_setStatus__none_or_same__reverts() external {
        bytes4 invalid = IAccounts.InvalidStatus.selector;
        _refuseStatus(AccountStatus.None, abi.encodeWithSelector(invalid, enterprise, AccountStatus.Open, AccountStatus.None));
        bytes4 unchanged = IAccounts.StatusUnchanged.selector;
        _refuseStatus(AccountStatus.Open, abi.encodeWithSelector(unchanged, enterprise, AccountStatus.Open));
    }

    function test_setStatus__close_with_one_gram__reverts() external {
        ledger.hold(enterprise, 1);
        _refuseStatus(AccountStatus.Closed, abi.encodeWithSelector(IAccounts.AccountNotEmpty.selector, enterprise, 1));
        ledger.hold(enterprise, 0);
        _setStatus(enterprise, AccountStatus.Closed);
        assertTrue(accounts.statusOf(enterprise) == AccountStatus.Closed, "closed");
    }

    function test_setStatus__close_without_a_ledger__reverts() external {
        accounts = new Accounts(authority, address(desk), EMERGENCY_SECONDS);
        enterprise = _openAccount(WUHAN, 1, AccountKind.Enterprise);
        _refuseStatus(AccountStatus.Closed, abi.encodeWithSelector(IAccounts.LedgerNotWired.selector));
    }

    /// @dev Every pair of statuses: the same and None are refused, closed is for ever, all else changes and is told.
    function testFuzz_setStatus__closed_is_for_ever(uint8 from, uint8 to) external {
        AccountStatus first = AccountStatus(bound(from, 1, uint256(type(AccountStatus).max)));
        AccountStatus second = AccountStatus(bound(to, 0, uint256(type(AccountStatus).max)));
        if (first != AccountStatus.Open) _setStatus(enterprise, first);
        bool allowed = first != second && first != AccountStatus.Closed && second != AccountStatus.None;
        if (allowed) {
            vm.expectEmit(true, true, true, true, address(accounts));
            emit IAccounts.StatusChanged(enterprise, first, second, 0, REASON, address(desk));
        } else {
            vm.expectRevert();
        }
        _setStatus(enterprise, second);
        assertTrue(accounts.statusOf(enterprise) == (allowed ? second : first), "status");
    }

    // freeze

    function test_freeze__unknown_account__reverts() external {
        vm.prank(regulator);
        vm.expectRevert(abi.encodeWithSelector(IAccounts.UnknownAccount.selector, outsider));
        accounts.freeze(outsider, REASON);
    }

    function test_freeze__no_regulator_of_the_account__reverts() external {
        address[4] memory callers = [outsider, admin, approver, shanghaiRegulator];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IAccounts.RoleMissing.selector, WUHAN, uint8(Role.Regulator), callers[i]));
            accounts.freeze(enterprise, REASON);
        }
    }

    function test_freeze__frozen_or_closed__reverts() external {
        vm.prank(regulator);
        accounts.freeze(enterprise, REASON);
        vm.prank(regulator);
        vm.expectRevert(abi.encodeWithSelector(IAccounts.StatusUnchanged.selector, enterprise, AccountStatus.Frozen));
        accounts.freeze(enterprise, REASON);
        _setStatus(enterprise, AccountStatus.Closed);
        vm.prank(regulator);
        vm.expectRevert(
            abi.encodeWithSelector(IAccounts.InvalidStatus.selector, enterprise, AccountStatus.Closed, AccountStatus.Frozen)
        );
        accounts.freeze(enterprise, REASON);
    }

    function test_freeze__regulator__emits_and_freezes_until_the_desk_lifts_it() external {
        vm.expectEmit(true, true, true, true, address(accounts));
        uint40 until = uint40(block.timestamp) + EMERGENCY_SECONDS;
        emit IAccounts.StatusChanged(enterprise, AccountStatus.Open, AccountStatus.Frozen, until, REASON, regulator);
        vm.prank(regulator);
        accounts.freeze(enterprise, REASON);
        _setStatus(enterprise, AccountStatus.Open);
        assertTrue(accounts.statusOf(enterprise) == AccountStatus.Open, "lifted");
    }

    // addressOf

    function testFuzz_addressOf__formula_and_no_collision(uint32 a, uint64 numberA, uint32 b, uint64 numberB) external view {
        address first = accounts.addressOf(a, numberA);
        bytes32 hash = keccak256(abi.encode("puhui.account", block.chainid, address(accounts), a, numberA));
        assertEq(first, address(uint160(uint256(hash))), "formula");
        bool same = a == b && numberA == numberB;
        assertTrue((first == accounts.addressOf(b, numberB)) == same, "one to one");
    }

    function test_addressOf__another_chain_or_contract__differs() external {
        Accounts fresh = new Accounts(authority, address(desk), EMERGENCY_SECONDS);
        assertTrue(fresh.addressOf(WUHAN, 1) != enterprise, "another contract");
        vm.chainId(20_260);
        assertTrue(accounts.addressOf(WUHAN, 1) != enterprise, "another chain");
    }

    function _setAgent(address account, address member, uint8 rights) private {
        vm.expectEmit(true, true, true, true, address(accounts));
        emit IAccounts.AgentSet(account, member, rights);
        vm.prank(address(desk));
        accounts.setAgents(WUHAN, account, _agents(member, rights));
    }

    function _setStatus(address account, AccountStatus status) private {
        vm.prank(address(desk));
        accounts.setStatus(WUHAN, account, status, REASON);
    }

    function _refuseStatus(AccountStatus status, bytes memory refusal) private {
        vm.prank(address(desk));
        vm.expectRevert(refusal);
        accounts.setStatus(WUHAN, enterprise, status, REASON);
    }

    function _refuseOpening(uint32 jurisdiction, uint64 number, bytes memory refusal) private {
        vm.prank(address(desk));
        vm.expectRevert(refusal);
        accounts.openAccount(jurisdiction, number, AccountKind.Platform, COMMITMENT, new AgentRights[](0));
    }

    function _refuseAgents(uint32 jurisdiction, address account, AgentRights[] memory list, bytes memory refusal) private {
        vm.prank(address(desk));
        vm.expectRevert(refusal);
        accounts.setAgents(jurisdiction, account, list);
    }
}
