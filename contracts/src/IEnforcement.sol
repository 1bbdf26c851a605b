// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeskGuarded} from "./IDeskGuarded.sol";

/// @title Orders against the holder of credits: freezing grams and moving them by force.
/// @notice Both are decided through the Desk of the jurisdiction of the account whose grams are concerned, with the hash of the order
/// (a judgment, a decision of the authority). Whether credits are valid is another matter, decided where the project is: see
/// `ICredits.cancel`. What is locked for somebody else (a pledge, a pending transfer) or recalled is not moved by force; a pledge
/// is lifted first, by its own order.
interface IEnforcement is IDeskGuarded {
    event GramsFrozen(
        address indexed account, uint256 indexed batchId, uint64 previousGrams, uint64 grams, bytes32 indexed reasonHash
    );
    event TransferForced(address indexed from, address indexed to, uint256 indexed batchId, uint64 grams, bytes32 reasonHash);

    /// @notice The account belongs to another jurisdiction than the one that decides, or is none (0).
    error WrongJurisdiction(address account, uint32 accountJurisdiction, uint32 jurisdiction);
    error MissingReason();

    /// @notice Sets how many grams of a batch are frozen on an account, 0 to free them; also more than it holds, for what may come.
    /// Through the Desk.
    function setFrozen(uint32 jurisdiction, address account, uint256 batchId, uint64 grams, bytes32 reasonHash) external;
    /// @notice Moves grams of an account, frozen ones too, to another account, also of another jurisdiction. Through the Desk.
    /// @dev Warning: only another order can undo it.
    function forceTransfer(uint32 jurisdiction, address from, address to, uint256 batchId, uint64 grams, bytes32 reasonHash)
        external;
}
