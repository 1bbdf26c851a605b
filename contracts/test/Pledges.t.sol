// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus, IAccounts} from "../src/IAccounts.sol";
import {Role} from "../src/IAuthority.sol";
import {ICredits} from "../src/ICredits.sol";
import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {IPledges, Pledge} from "../src/IPledges.sol";
import {Pledges} from "../src/Pledges.sol";
import {OneBatch} from "./OneBatch.sol";

/// @notice Pledges of the platform's grams to the buyer.
contract PledgesTest is OneBatch {
    bytes32 private constant AGREEMENT = keccak256("agreement");
    uint64 private constant PLEDGED = 300;

    Pledges private _pledges;

    function setUp() public override {
        super.setUp();
        _pledges = new Pledges(authority, address(desk), accounts, credits);
        vm.prank(address(desk));
        authority.grantRoles(COUNCIL, _grant(Role.Locker, address(_pledges)));
    }

    // -------------------------------------------------------------- pledge

    function test_pledge__by_another_than_an_agent__reverts() public {
        address[3] memory callers = [buyerAgent, platform, address(desk)];
        for (uint256 i = 0; i < callers.length; ++i) {
            bytes memory error_ = abi.encodeWithSelector(IAccounts.NotAgent.selector, platform, callers[i]);
            _expectPledgeRefused(callers[i], buyer, 1, AGREEMENT, error_);
        }
    }

    function test_pledge__refusals__reverts() public {
        _expectPledgeRefused(
            platformAgent, platform, 1, AGREEMENT, abi.encodeWithSelector(IPledges.SelfPledge.selector, platform)
        );
        _expectPledgeRefused(platformAgent, outsider, 1, AGREEMENT, _unusable(outsider, AccountStatus.None));
        bytes memory error_ = abi.encodeWithSelector(IPledges.MissingReference.selector);
        _expectPledgeRefused(platformAgent, buyer, 1, bytes32(0), error_);
        _expectPledgeRefused(platformAgent, buyer, 0, AGREEMENT, abi.encodeWithSelector(ICredits.ZeroGrams.selector));
        _expectPledgeRefused(platformAgent, buyer, ISSUED + 1, AGREEMENT, _insufficient(platform, ISSUED, ISSUED + 1));
        _pledge(PLEDGED);
        _expectPledgeRefused(platformAgent, buyer, 701, AGREEMENT, _unfrozen(platform, 701, 700));
    }

    function test_pledge__status_of_both() public {
        AccountStatus[2] memory statuses = [AccountStatus.Restricted, AccountStatus.Frozen];
        for (uint256 i = 0; i < statuses.length; ++i) {
            _setStatus(platform, statuses[i]);
            _expectPledgeRefused(platformAgent, buyer, 1, AGREEMENT, _unusable(platform, statuses[i]));
        }
        _setStatus(platform, AccountStatus.Open);
        _setStatus(buyer, AccountStatus.Frozen);
        _expectPledgeRefused(platformAgent, buyer, 1, AGREEMENT, _unusable(buyer, AccountStatus.Frozen));
        _setStatus(buyer, AccountStatus.Restricted);
        _pledge(1);
    }

    function test_pledge__without_the_role_of_a_locker__reverts() public {
        vm.prank(address(desk));
        authority.revokeRoles(COUNCIL, _grant(Role.Locker, address(_pledges)));
        _expectPledgeRefused(platformAgent, buyer, 1, AGREEMENT, _notModule(Role.Locker, address(_pledges)));
    }

    function test_pledge__stores_locks_and_tells() public {
        _pledge(10);
        vm.expectEmit(true, true, true, true, address(_pledges));
        emit IPledges.Pledged(2, platform, buyer, batchId, PLEDGED, AGREEMENT, platformAgent);
        assertEq(_pledge(PLEDGED), 2, "id");
        Pledge memory stored = _pledges.pledgeOf(2);
        assertEq(stored.account, platform, "account");
        assertEq(stored.pledgee, buyer, "pledgee");
        assertEq(stored.grams, PLEDGED, "grams");
        assertEq(stored.batchId, batchId, "batch");
        assertEq(stored.pledgedAt, block.timestamp, "time");
        assertEq(_pledges.pledgeCount(), 2, "count");
        _assertHolding(platform, ISSUED, PLEDGED + 10, 0, 0);
    }

    function test_pledge__under_dual_control_needs_the_others_consent() public {
        vm.prank(address(desk));
        accounts.setFlags(WUHAN, platform, 1);
        vm.prank(address(desk));
        accounts.setAgents(WUHAN, platform, _agents(outsider, 2));
        bytes memory data = abi.encodeCall(_pledges.pledge, (platform, buyer, batchId, 5, AGREEMENT));
        bytes32 callHash = accounts.callHashOf(address(_pledges), data);
        bytes memory error_ = abi.encodeWithSelector(IAccounts.ConsentMissing.selector, platform, platformAgent, callHash);
        _expectPledgeRefused(platformAgent, buyer, 5, AGREEMENT, error_);
        vm.prank(outsider);
        accounts.consent(platform, address(_pledges), data, uint40(block.timestamp + 1));
        _pledge(5);
        _expectPledgeRefused(platformAgent, buyer, 5, AGREEMENT, error_);
    }

    // ------------------------------------------------------------- release

    function test_release__refusals__reverts() public {
        uint64 id = _pledge(PLEDGED);
        address[2] memory callers = [platformAgent, address(desk)];
        for (uint256 i = 0; i < callers.length; ++i) {
            _expectReleaseRefused(callers[i], id, 1, abi.encodeWithSelector(IAccounts.NotAgent.selector, buyer, callers[i]));
        }
        _expectReleaseRefused(buyerAgent, id + 1, 1, abi.encodeWithSelector(IPledges.UnknownPledge.selector, id + 1));
        _expectReleaseRefused(buyerAgent, id, 0, abi.encodeWithSelector(IPledges.ZeroGrams.selector));
        _expectReleaseRefused(buyerAgent, id, PLEDGED + 1, _tooSmall(id, PLEDGED, PLEDGED + 1));
        _setStatus(buyer, AccountStatus.Frozen);
        _expectReleaseRefused(buyerAgent, id, 1, _unusable(buyer, AccountStatus.Frozen));
    }

    function testFuzz_release__in_parts(uint64 first, uint64 second) public {
        first = uint64(bound(first, 1, PLEDGED - 1));
        second = uint64(bound(second, 1, PLEDGED - first));
        uint64 id = _pledge(PLEDGED);
        _release(id, first);
        vm.expectEmit(true, true, true, true, address(_pledges));
        emit IPledges.PledgeReleased(id, second, PLEDGED - first - second, bytes32(0), buyerAgent);
        _release(id, second);
        assertEq(_pledges.pledgeOf(id).grams, PLEDGED - first - second, "still pledged");
        _assertHolding(platform, ISSUED, PLEDGED - first - second, 0, 0);
    }

    function test_release__all__ends_the_pledge() public {
        uint64 id = _pledge(PLEDGED);
        _release(id, PLEDGED);
        _expectReleaseRefused(buyerAgent, id, 1, _tooSmall(id, 0, 1));
        assertEq(_pledges.pledgeOf(id).account, platform, "the record stays");
        _transfer(buyer, ISSUED);
    }

    // ------------------------------------------------------ releaseByOrder

    function test_orders__refusals__reverts() public {
        uint64 id = _pledge(PLEDGED);
        bytes4[2] memory both = [_pledges.releaseByOrder.selector, _pledges.seize.selector];
        for (uint256 i = 0; i < both.length; ++i) {
            _expectOrderRefused(
                both[i], outsider, WUHAN, id, 1, REASON, abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, outsider)
            );
            bytes memory error_ = abi.encodeWithSelector(IPledges.WrongJurisdiction.selector, platform, WUHAN, SHANGHAI);
            _expectOrderRefused(both[i], address(desk), SHANGHAI, id, 1, REASON, error_);
            error_ = abi.encodeWithSelector(IPledges.UnknownPledge.selector, id + 1);
            _expectOrderRefused(both[i], address(desk), WUHAN, id + 1, 1, REASON, error_);
            error_ = abi.encodeWithSelector(IPledges.MissingReason.selector);
            _expectOrderRefused(both[i], address(desk), WUHAN, id, 1, bytes32(0), error_);
            error_ = abi.encodeWithSelector(IPledges.ZeroGrams.selector);
            _expectOrderRefused(both[i], address(desk), WUHAN, id, 0, REASON, error_);
            error_ = _tooSmall(id, PLEDGED, PLEDGED + 1);
            _expectOrderRefused(both[i], address(desk), WUHAN, id, PLEDGED + 1, REASON, error_);
        }
    }

    function testFuzz_releaseByOrder__frees_and_tells(uint64 grams) public {
        grams = uint64(bound(grams, 1, PLEDGED));
        uint64 id = _pledge(PLEDGED);
        vm.expectEmit(true, true, true, true, address(_pledges));
        emit IPledges.PledgeReleased(id, grams, PLEDGED - grams, REASON, address(desk));
        _order(_pledges.releaseByOrder.selector, id, grams);
        _assertHolding(platform, ISSUED, PLEDGED - grams, 0, 0);
    }

    // --------------------------------------------------------------- seize

    function testFuzz_seize__moves_to_the_pledgee_whatever_the_status(uint64 grams, uint8 status) public {
        grams = uint64(bound(grams, 1, PLEDGED));
        uint64 id = _pledge(PLEDGED);
        AccountStatus[3] memory statuses = [AccountStatus.Open, AccountStatus.Restricted, AccountStatus.Frozen];
        if (status % 3 != 0) _setStatus(platform, statuses[status % 3]);
        vm.expectEmit(true, true, true, true, address(_pledges));
        emit IPledges.PledgeSeized(id, grams, PLEDGED - grams, REASON);
        _order(_pledges.seize.selector, id, grams);
        _assertHolding(platform, ISSUED - grams, PLEDGED - grams, 0, 0);
        _assertHolding(buyer, grams, 0, 0, 0);
        assertEq(_pledges.pledgeOf(id).grams, PLEDGED - grams, "still pledged");
    }

    function test_seize__what_was_cancelled_since__cannot_be_seized() public {
        uint64 id = _pledge(PLEDGED);
        _cancel(platform, ISSUED - 100);
        _assertHolding(platform, 100, PLEDGED, 0, 0);
        _expectOrderRefused(_pledges.seize.selector, address(desk), WUHAN, id, 101, REASON, _insufficient(platform, 100, 101));
        _order(_pledges.seize.selector, id, 100);
        _release(id, PLEDGED - 100);
        _assertHolding(platform, 0, 0, 0, 0);
    }

    function test_seize__frozen_pledgee__reverts() public {
        uint64 id = _pledge(PLEDGED);
        _setStatus(buyer, AccountStatus.Frozen);
        bytes memory error_ = _notUsable(buyer, AccountStatus.Frozen);
        _expectOrderRefused(_pledges.seize.selector, address(desk), WUHAN, id, 1, REASON, error_);
    }

    // ------------------------------------------------------------- helpers

    function _pledge(uint64 grams) private returns (uint64) {
        vm.prank(platformAgent);
        return _pledges.pledge(platform, buyer, batchId, grams, AGREEMENT);
    }

    function _release(uint64 id, uint64 grams) private {
        vm.prank(buyerAgent);
        _pledges.release(id, grams);
    }

    function _order(bytes4 selector, uint64 id, uint64 grams) private {
        vm.prank(address(desk));
        (bool done,) = address(_pledges).call(abi.encodeWithSelector(selector, WUHAN, id, grams, REASON));
        assertTrue(done, "ordered");
    }

    function _expectPledgeRefused(address caller, address pledgee, uint64 grams, bytes32 reference_, bytes memory error_)
        private
    {
        vm.expectRevert(error_);
        vm.prank(caller);
        _pledges.pledge(platform, pledgee, batchId, grams, reference_);
    }

    function _expectReleaseRefused(address caller, uint64 id, uint64 grams, bytes memory error_) private {
        vm.expectRevert(error_);
        vm.prank(caller);
        _pledges.release(id, grams);
    }

    function _expectOrderRefused(
        bytes4 selector,
        address caller,
        uint32 jurisdiction,
        uint64 id,
        uint64 grams,
        bytes32 reasonHash,
        bytes memory error_
    ) private {
        bytes memory data = abi.encodeWithSelector(selector, jurisdiction, id, grams, reasonHash);
        vm.expectRevert(error_);
        vm.prank(caller);
        (bool done,) = address(_pledges).call(data);
        done;
    }

    function _unusable(address account, AccountStatus status) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IPledges.AccountNotUsable.selector, account, uint8(status));
    }

    function _tooSmall(uint64 id, uint64 pledged, uint64 wanted) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IPledges.PledgeTooSmall.selector, id, pledged, wanted);
    }
}
