// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Accounts} from "../src/Accounts.sol";
import {AccountKind, AccountStatus, AgentRights, Consent, IAccounts} from "../src/IAccounts.sol";
import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {Network} from "./Network.sol";

/// @notice A contract that asks Accounts about the agent who calls it, as the ledger does.
contract Asker {
    Accounts private immutable ACCOUNTS;

    constructor(Accounts accounts) {
        ACCOUNTS = accounts;
    }

    function act(address account, uint256) external returns (AccountStatus status, uint32 jurisdiction) {
        return ACCOUNTS.authorise(account, msg.sender, keccak256(msg.data));
    }
}

/// @notice Emergency freezes, flags, consents, and who may act for an account.
contract AccountsControlTest is Network {
    uint8 private constant INITIATE = 1;
    uint8 private constant APPROVE = 2;
    uint8 private constant BOTH = 3;
    uint8 private constant DUAL_CONTROL = 1;

    address private enterprise;
    address private buyer;
    address private second = actor("SECOND_AGENT");
    Asker private asker;
    uint40 private validUntil;

    function setUp() public override {
        super.setUp();
        enterprise = _openAccount(WUHAN, 1, AccountKind.Enterprise);
        buyer = _openAccount(SHANGHAI, 1, AccountKind.Enterprise);
        asker = new Asker(accounts);
        AgentRights[] memory agents = new AgentRights[](2);
        agents[0] = AgentRights(agent, INITIATE);
        agents[1] = AgentRights(second, APPROVE);
        vm.prank(address(desk));
        accounts.setAgents(WUHAN, enterprise, agents);
        validUntil = uint40(block.timestamp + 1 days);
    }

    // constructor

    function test_constructor__freeze_without_an_end__reverts() external {
        vm.expectRevert(abi.encodeWithSelector(IAccounts.InvalidEmergency.selector, 0));
        new Accounts(authority, address(desk), 0);
        assertEq(accounts.EMERGENCY_SECONDS(), EMERGENCY_SECONDS, "seconds");
    }

    // freeze

    function test_freeze__ends_by_itself_at_its_second() external {
        _freeze();
        uint256 end = block.timestamp + EMERGENCY_SECONDS;
        vm.warp(end - 1);
        _assertStatus(AccountStatus.Frozen, "the last second");
        vm.warp(end);
        _assertStatus(AccountStatus.Open, "over");
        assertEq(accounts.accountOf(enterprise).frozenUntil, end, "the end stays known");
    }

    function test_freeze__of_a_restricted_account__ends_restricted() external {
        _setStatus(AccountStatus.Restricted);
        _freeze();
        vm.warp(block.timestamp + EMERGENCY_SECONDS);
        _assertStatus(AccountStatus.Restricted, "as before");
    }

    function test_freeze__again_before_as_much_time_has_passed__reverts() external {
        _freeze();
        vm.warp(block.timestamp + EMERGENCY_SECONDS);
        uint256 allowedAt = block.timestamp + EMERGENCY_SECONDS;
        _refuseFreeze(allowedAt);
        vm.warp(allowedAt - 1);
        _refuseFreeze(allowedAt);
        vm.warp(allowedAt);
        _freeze();
        _assertStatus(AccountStatus.Frozen, "again");
    }

    function test_freeze__lifted_early__waits_from_the_lifting() external {
        _freeze();
        vm.warp(block.timestamp + 10);
        _setStatus(AccountStatus.Open);
        _assertStatus(AccountStatus.Open, "lifted");
        assertEq(accounts.accountOf(enterprise).frozenUntil, block.timestamp, "ended now");
        _refuseFreeze(block.timestamp + EMERGENCY_SECONDS);
    }

    function test_freeze__confirmed_by_the_desk__stays_until_the_desk_lifts_it() external {
        _freeze();
        vm.expectEmit(true, true, true, true, address(accounts));
        emit IAccounts.StatusChanged(enterprise, AccountStatus.Frozen, AccountStatus.Frozen, 0, REASON, address(desk));
        _setStatus(AccountStatus.Frozen);
        assertEq(accounts.accountOf(enterprise).frozenUntil, 0, "no end");
        vm.warp(block.timestamp + 1000 * uint256(EMERGENCY_SECONDS));
        _assertStatus(AccountStatus.Frozen, "stays");
        vm.prank(address(desk));
        vm.expectRevert(abi.encodeWithSelector(IAccounts.StatusUnchanged.selector, enterprise, AccountStatus.Frozen));
        accounts.setStatus(WUHAN, enterprise, AccountStatus.Frozen, REASON);
        _setStatus(AccountStatus.Open);
        _freeze();
    }

    function test_freeze__closed_under_a_freeze__is_closed_at_once() external {
        _freeze();
        _setStatus(AccountStatus.Closed);
        _assertStatus(AccountStatus.Closed, "closed");
    }

    /// @dev Whatever one regulator does, the account is free about half of any long time.
    function testFuzz_freeze__one_person_never_freezes_for_ever(uint32 pause) external {
        uint256 free = 0;
        uint256 step = bound(pause, 1, EMERGENCY_SECONDS);
        uint256 steps = 4 * uint256(EMERGENCY_SECONDS) / step;
        if (steps > 200) (steps, step) = (200, EMERGENCY_SECONDS / 50);
        for (uint256 i = 0; i < steps; ++i) {
            if (accounts.statusOf(enterprise) == AccountStatus.Open) free += 1;
            vm.prank(regulator);
            try accounts.freeze(enterprise, REASON) {} catch {}
            vm.warp(block.timestamp + step);
        }
        assertTrue(free * 4 >= steps, "free at least a quarter of the steps");
    }

    // setFlags

    function test_setFlags__refusals__reverts() external {
        vm.prank(registrar);
        vm.expectRevert(abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, registrar));
        accounts.setFlags(WUHAN, enterprise, 1);
        _refuseFlags(WUHAN, outsider, 1, abi.encodeWithSelector(IAccounts.UnknownAccount.selector, outsider));
        bytes4 wrong = IAccounts.WrongJurisdiction.selector;
        _refuseFlags(SHANGHAI, enterprise, 1, abi.encodeWithSelector(wrong, enterprise, WUHAN, SHANGHAI));
        _refuseFlags(WUHAN, enterprise, 4, abi.encodeWithSelector(IAccounts.InvalidFlags.selector, 4));
        _refuseFlags(WUHAN, enterprise, 0, abi.encodeWithSelector(IAccounts.FlagsUnchanged.selector, enterprise, 0));
    }

    function testFuzz_setFlags__stores_and_tells(uint8 flags) external {
        flags = uint8(bound(flags, 1, 3));
        vm.expectEmit(true, true, true, true, address(accounts));
        emit IAccounts.FlagsSet(enterprise, flags);
        _setFlags(flags);
        assertEq(accounts.flagsOf(enterprise), flags, "flags");
        assertEq(accounts.accountOf(enterprise).flags, flags, "flags of the account");
        assertEq(accounts.accountOf(enterprise).number, 1, "the rest stays");
    }

    // consent, revokeConsent

    function test_consent__without_the_right_to_approve__reverts() external {
        address[3] memory callers = [agent, outsider, regulator];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IAccounts.NotApprover.selector, enterprise, callers[i]));
            accounts.consent(enterprise, address(asker), _call(1), validUntil);
        }
    }

    function test_consent__that_is_over_or_too_long__reverts() external {
        uint256[3] memory ends = [block.timestamp - 1, block.timestamp, block.timestamp + 30 days + 1];
        for (uint256 i = 0; i < ends.length; ++i) {
            vm.prank(second);
            vm.expectRevert(abi.encodeWithSelector(IAccounts.InvalidValidity.selector, ends[i], block.timestamp));
            accounts.consent(enterprise, address(asker), _call(1), uint40(ends[i]));
        }
    }

    function test_consent__given__is_stored_and_told() external {
        bytes32 callHash = accounts.callHashOf(address(asker), _call(1));
        assertEq(callHash, keccak256(abi.encode(address(asker), keccak256(_call(1)))), "formula");
        vm.expectEmit(true, true, true, true, address(accounts));
        emit IAccounts.ConsentGiven(enterprise, second, callHash, address(asker), _call(1), validUntil);
        _consent(second, 1);
        Consent memory given = accounts.consentOf(enterprise, callHash);
        assertEq(given.agent, second, "agent");
        assertEq(given.validUntil, validUntil, "end");
    }

    function test_revokeConsent__refusals_and_success() external {
        bytes32 callHash = accounts.callHashOf(address(asker), _call(1));
        vm.prank(second);
        vm.expectRevert(abi.encodeWithSelector(IAccounts.UnknownConsent.selector, enterprise, callHash));
        accounts.revokeConsent(enterprise, callHash);
        _setFlags(DUAL_CONTROL);
        _consent(second, 1);
        vm.prank(agent);
        vm.expectRevert(abi.encodeWithSelector(IAccounts.NotApprover.selector, enterprise, agent));
        accounts.revokeConsent(enterprise, callHash);
        vm.expectEmit(true, true, true, true, address(accounts));
        emit IAccounts.ConsentRevoked(enterprise, callHash, second);
        vm.prank(second);
        accounts.revokeConsent(enterprise, callHash);
        _refuseAct(agent, enterprise, 1);
    }

    // authorise

    function test_authorise__no_right_to_initiate__reverts() external {
        address[3] memory callers = [second, outsider, regulator];
        for (uint256 i = 0; i < callers.length; ++i) {
            vm.prank(callers[i]);
            vm.expectRevert(abi.encodeWithSelector(IAccounts.NotAgent.selector, enterprise, callers[i]));
            asker.act(enterprise, 1);
        }
    }

    function test_authorise__single_control__answers_status_and_jurisdiction() external {
        vm.prank(agent);
        (AccountStatus status, uint32 jurisdiction) = asker.act(enterprise, 1);
        assertTrue(status == AccountStatus.Open, "open");
        assertEq(jurisdiction, WUHAN, "jurisdiction");
        _freeze();
        vm.prank(agent);
        (status,) = asker.act(enterprise, 1);
        assertTrue(status == AccountStatus.Frozen, "in effect");
    }

    function test_authorise__dual_control__needs_and_uses_up_one_consent() external {
        _setFlags(DUAL_CONTROL);
        _refuseAct(agent, enterprise, 1);
        _consent(second, 1);
        bytes32 callHash = accounts.callHashOf(address(asker), _call(1));
        vm.expectEmit(true, true, true, true, address(accounts));
        emit IAccounts.ConsentUsed(enterprise, callHash, second, agent);
        vm.prank(agent);
        asker.act(enterprise, 1);
        assertEq(accounts.consentOf(enterprise, callHash).agent, address(0), "gone");
        _refuseAct(agent, enterprise, 1);
    }

    function test_authorise__consent_to_another_call_account_or_contract__reverts() external {
        _setFlags(DUAL_CONTROL);
        _consent(second, 1);
        _refuseAct(agent, enterprise, 2);
        // The same bytes, asked for by another contract.
        Asker other = new Asker(accounts);
        bytes32 callHash = accounts.callHashOf(address(other), _call(1));
        vm.prank(agent);
        vm.expectRevert(abi.encodeWithSelector(IAccounts.ConsentMissing.selector, enterprise, agent, callHash));
        other.act(enterprise, 1);
        // The same agents in another account under dual control: its consents are its own.
        AgentRights[] memory agents = new AgentRights[](1);
        agents[0] = AgentRights(agent, BOTH);
        vm.prank(address(desk));
        accounts.setAgents(SHANGHAI, buyer, agents);
        vm.prank(address(desk));
        accounts.setFlags(SHANGHAI, buyer, DUAL_CONTROL);
        _refuseAct(agent, buyer, 1);
    }

    function test_authorise__own_consent__does_not_count() external {
        _setFlags(DUAL_CONTROL);
        _setRights(agent, BOTH);
        _consent(agent, 1);
        _refuseAct(agent, enterprise, 1);
    }

    function test_authorise__consent_of_one_who_lost_the_right__does_not_count() external {
        _setFlags(DUAL_CONTROL);
        _consent(second, 1);
        _setRights(second, INITIATE);
        _refuseAct(agent, enterprise, 1);
    }

    function testFuzz_authorise__consent_counts_before_its_end_only(uint32 later) external {
        _setFlags(DUAL_CONTROL);
        _consent(second, 1);
        vm.warp(block.timestamp + bound(later, 0, 2 days));
        if (block.timestamp >= validUntil) {
            _refuseAct(agent, enterprise, 1);
        } else {
            vm.prank(agent);
            asker.act(enterprise, 1);
        }
    }

    /// @dev What anybody asks about an account changes nothing for the contract the consent is for.
    function test_authorise__asked_by_an_outsider__uses_up_no_consent() external {
        _setFlags(DUAL_CONTROL);
        _consent(second, 1);
        vm.prank(outsider);
        vm.expectRevert();
        accounts.authorise(enterprise, agent, keccak256(_call(1)));
        vm.prank(agent);
        asker.act(enterprise, 1);
    }

    // key loss

    function test_setAgents__lost_keys__are_replaced_and_nothing_moves() external {
        _setFlags(DUAL_CONTROL);
        ledger.hold(enterprise, 7);
        _consent(second, 1);
        AgentRights[] memory agents = new AgentRights[](4);
        agents[0] = AgentRights(agent, 0);
        agents[1] = AgentRights(second, 0);
        agents[2] = AgentRights(actor("NEW_AGENT"), INITIATE);
        agents[3] = AgentRights(actor("NEW_SECOND"), APPROVE);
        vm.prank(address(desk));
        accounts.setAgents(WUHAN, enterprise, agents);
        vm.prank(agent);
        vm.expectRevert(abi.encodeWithSelector(IAccounts.NotAgent.selector, enterprise, agent));
        asker.act(enterprise, 1);
        // The consent of the old agent is worth nothing, that of the new one is.
        _refuseAct(actor("NEW_AGENT"), enterprise, 1);
        _consent(actor("NEW_SECOND"), 1);
        vm.prank(actor("NEW_AGENT"));
        asker.act(enterprise, 1);
        assertEq(ledger.positionsOf(enterprise), 7, "not a gram moved");
    }

    // views

    function test_transferFacts__both_accounts_in_one_answer() external {
        _setFlags(3);
        _freeze();
        (AccountStatus from, AccountStatus to, uint32 jurisdiction, uint8 rights, uint8 fromFlags, uint8 toFlags) =
            accounts.transferFacts(enterprise, buyer, second);
        assertTrue(from == AccountStatus.Frozen && to == AccountStatus.Open, "statuses");
        assertEq(jurisdiction, WUHAN, "jurisdiction");
        assertEq(rights, APPROVE, "rights");
        assertEq(fromFlags, 3, "flags of the sender");
        assertEq(toFlags, 0, "flags of the receiver");
        (, to,,,, toFlags) = accounts.transferFacts(buyer, enterprise, agent);
        assertEq(toFlags, 3, "the other way round");
        assertTrue(to == AccountStatus.Frozen, "frozen");
        (from,,, rights,,) = accounts.transferFacts(outsider, outsider, outsider);
        assertTrue(from == AccountStatus.None && rights == 0, "nothing");
    }

    function test_statusOf__frozen_and_unknown() external {
        _freeze();
        assertTrue(accounts.statusOf(enterprise) == AccountStatus.Frozen, "frozen");
        assertTrue(accounts.statusOf(outsider) == AccountStatus.None, "no account");
        assertEq(accounts.flagsOf(outsider), 0, "no flags");
    }

    // helpers

    function _call(uint256 note) private view returns (bytes memory) {
        return abi.encodeCall(Asker.act, (enterprise, note));
    }

    function _consent(address by, uint256 note) private {
        vm.prank(by);
        accounts.consent(enterprise, address(asker), _call(note), validUntil);
    }

    function _freeze() private {
        vm.prank(regulator);
        accounts.freeze(enterprise, REASON);
    }

    function _setStatus(AccountStatus status) private {
        vm.prank(address(desk));
        accounts.setStatus(WUHAN, enterprise, status, REASON);
    }

    function _setFlags(uint8 flags) private {
        vm.prank(address(desk));
        accounts.setFlags(WUHAN, enterprise, flags);
    }

    function _setRights(address member, uint8 rights) private {
        vm.prank(address(desk));
        accounts.setAgents(WUHAN, enterprise, _agents(member, rights));
    }

    function _assertStatus(AccountStatus expected, string memory what) private view {
        assertTrue(accounts.statusOf(enterprise) == expected, what);
        assertTrue(accounts.accountOf(enterprise).status == expected, what);
    }

    function _refuseAct(address by, address account, uint256 note) private {
        bytes32 callHash = accounts.callHashOf(address(asker), abi.encodeCall(Asker.act, (account, note)));
        vm.prank(by);
        vm.expectRevert(abi.encodeWithSelector(IAccounts.ConsentMissing.selector, account, by, callHash));
        asker.act(account, note);
    }

    function _refuseFreeze(uint256 allowedAt) private {
        vm.prank(regulator);
        vm.expectRevert(abi.encodeWithSelector(IAccounts.FrozenRecently.selector, enterprise, allowedAt));
        accounts.freeze(enterprise, REASON);
    }

    function _refuseFlags(uint32 jurisdiction, address account, uint8 flags, bytes memory refusal) private {
        vm.prank(address(desk));
        vm.expectRevert(refusal);
        accounts.setFlags(jurisdiction, account, flags);
    }
}
