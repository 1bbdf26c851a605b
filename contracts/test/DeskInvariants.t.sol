// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Case} from "./Case.sol";
import {DeskHandler} from "./DeskHandler.sol";

/// @notice Invariant 7 after any sequence of actions: nothing is executed but what two persons decided, once, as published, with no
/// objection open, the opinions given, in its time, and by people of whom each did one thing.
contract DeskInvariants is Case {
    /// @dev forge reads this shape from `targetSelectors`.
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    error Violated(string what);

    DeskHandler private _handler;

    function setUp() public {
        _handler = new DeskHandler();
        _handler.setUp();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](12);
        selectors[0] = DeskHandler.propose.selector;
        selectors[1] = DeskHandler.approve.selector;
        selectors[2] = DeskHandler.reject.selector;
        selectors[3] = DeskHandler.withdraw.selector;
        selectors[4] = DeskHandler.object.selector;
        selectors[5] = DeskHandler.rule.selector;
        selectors[6] = DeskHandler.opine.selector;
        selectors[7] = DeskHandler.wait.selector;
        selectors[8] = DeskHandler.changeParties.selector;
        // Twice, for they need luck.
        selectors[9] = DeskHandler.approve.selector;
        selectors[10] = DeskHandler.opine.selector;
        selectors[11] = DeskHandler.rule.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), selectors);
    }

    function invariant_desk() public {
        _check();
    }

    /// @dev A run in which nothing succeeds would prove nothing: every action succeeds and is refused for some seed.
    function test_handler__every_action__can_succeed_and_be_refused() public {
        for (uint256 seed = 0; seed < 600; ++seed) {
            uint256 drawn = uint256(keccak256(abi.encode(seed)));
            _handler.propose(drawn, uint8(drawn >> 8));
            if (drawn >> 216 & 7 == 1) _handler.object(drawn >> 16, drawn >> 24, drawn >> 32);
            _handler.opine(drawn >> 40, drawn >> 48, drawn >> 56 & 1 == 1);
            _handler.opine(drawn >> 64, drawn >> 72, true);
            _handler.rule(drawn >> 80, drawn >> 88, drawn >> 96, uint8(drawn >> 104));
            _handler.approve(drawn >> 112, drawn >> 120, uint8(drawn >> 128));
            if (drawn >> 136 & 15 == 1) _handler.reject(drawn >> 144, drawn >> 152);
            if (drawn >> 160 & 15 == 1) _handler.withdraw(drawn >> 168, drawn >> 176);
            if (drawn >> 184 & 7 == 1) _handler.changeParties(drawn >> 192);
            if (drawn >> 200 & 15 == 1) _handler.wait(drawn >> 208);
        }
        _check();
        string[7] memory actions = ["propose", "approve", "reject", "withdraw", "object", "rule", "opine"];
        for (uint256 i = 0; i < actions.length; ++i) {
            assertTrue(_handler.done(actions[i]) > 0, actions[i]);
            assertTrue(_handler.refused(actions[i]) > 0, actions[i]);
        }
    }

    function _check() private {
        _handler.compare();
        if (_handler.violations() != 0) revert Violated(_handler.lastViolation());
    }
}
