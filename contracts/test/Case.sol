// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "./Vm.sol";

/// @notice The base of every forge test: cheat codes, named actors and comparisons that say both sides.
/// @dev A test fails by reverting; forge shows the error with its values.
abstract contract Case {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    /// @dev forge looks for this name.
    bool public constant IS_TEST = true;

    error NotEqual(string what, bytes32 actual, bytes32 expected);
    error NotTrue(string what);

    /// @dev An address without contract or role, the same in every run.
    function actor(string memory name) internal returns (address account) {
        account = address(uint160(uint256(keccak256(bytes(name)))));
        vm.label(account, name);
    }

    function assertTrue(bool condition, string memory what) internal pure {
        if (!condition) revert NotTrue(what);
    }

    function assertEq(uint256 actual, uint256 expected, string memory what) internal pure {
        assertEq(bytes32(actual), bytes32(expected), what);
    }

    function assertEq(address actual, address expected, string memory what) internal pure {
        assertEq(bytes32(uint256(uint160(actual))), bytes32(uint256(uint160(expected))), what);
    }

    function assertEq(bytes32 actual, bytes32 expected, string memory what) internal pure {
        if (actual != expected) revert NotEqual(what, actual, expected);
    }

    /// @dev Folds a fuzzed value into [least, greatest].
    function bound(uint256 value, uint256 least, uint256 greatest) internal pure returns (uint256) {
        uint256 size = greatest - least;
        return size == type(uint256).max ? value : least + value % (size + 1);
    }
}
