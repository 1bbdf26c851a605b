// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Line, Purpose} from "../../src/ICredits.sol";
import {Proof} from "./Proof.sol";

/// @notice Invariants 1 and 2 for what agents do: grams move between the accounts that are named, retired and cancelled, never out of
/// what is held back, and no other holding is touched. By induction over all calls: issued = balances + retired + cancelled.
contract AgentProofs is Proof {
    function check_safeTransferFrom(address caller, address from, address to, uint256 batchId, uint256 grams, bytes32 trade)
        public
    {
        Scene memory scene = _soundScene(from, to, batchId);

        vm.prank(caller);
        credits.safeTransferFrom(from, to, batchId, grams, trade == 0 ? bytes("") : abi.encode(trade));

        (Books memory before, Books memory now_) = (scene.books, _conserved(scene));
        _assertNothingRetiredOrCancelled(before, now_);
        assert(grams != 0 && from != to && now_.holding.grams == before.holding.grams - grams);
        assert(now_.holding.grams >= _heldBack(now_.holding));
    }

    /// @dev Two lines of one batch, so that the second begins from what the first left.
    function check_safeBatchTransferFrom(address caller, address from, address to, uint256 batchId, uint256[2] memory grams)
        public
    {
        Scene memory scene = _soundScene(from, to, batchId);
        (uint256[] memory batchIds, uint256[] memory values) = (new uint256[](2), new uint256[](2));
        (batchIds[0], batchIds[1], values[0], values[1]) = (batchId, batchId, grams[0], grams[1]);

        vm.prank(caller);
        credits.safeBatchTransferFrom(from, to, batchIds, values, "");

        (Books memory before, Books memory now_) = (scene.books, _conserved(scene));
        _assertNothingRetiredOrCancelled(before, now_);
        assert(now_.holding.grams == before.holding.grams - grams[0] - grams[1]);
    }

    function check_retire(address caller, address account, uint256 batchId, uint64 grams, uint8 purpose) public {
        vm.assume(purpose <= uint8(type(Purpose).max));
        Scene memory scene = _soundScene(account, account, batchId);

        vm.prank(caller);
        credits.retire(batchId, account, grams, Purpose(purpose), 0, 0);

        (Books memory before, Books memory now_) = (scene.books, _conserved(scene));
        _assertTotals(before, now_);
        assert(grams != 0 && now_.batch.retired == before.batch.retired + grams);
        assert(now_.holding.grams >= _heldBack(now_.holding));
        assert(Purpose(purpose) != Purpose.None && Purpose(purpose) != Purpose.ComplianceOffset);
    }

    /// @dev Two lines of one batch, so that the second begins from what the first left.
    function check_retireMany(address caller, address account, uint256 batchId, uint64[2] memory grams) public {
        Scene memory scene = _soundScene(account, account, batchId);
        Line[] memory lines = new Line[](2);
        (lines[0], lines[1]) = (Line(batchId, grams[0]), Line(batchId, grams[1]));

        vm.prank(caller);
        credits.retireMany(account, lines, Purpose.VoluntaryNeutrality, 0, 0);

        (Books memory before, Books memory now_) = (scene.books, _conserved(scene));
        _assertTotals(before, now_);
        assert(now_.batch.retired == uint256(before.batch.retired) + grams[0] + grams[1]);
    }

    /// @dev Refuted: a transfer can succeed.
    function reach_safeTransferFrom(address caller, address from, address to, uint256 batchId, uint256 grams) public {
        _assumeSound(_books(from, to, batchId));
        vm.prank(caller);
        credits.safeTransferFrom(from, to, batchId, grams, "");
        assert(false);
    }

    /// @dev Refuted: a retirement can succeed.
    function reach_retire(address caller, address account, uint256 batchId, uint64 grams) public {
        _assumeSound(_books(account, account, batchId));
        vm.prank(caller);
        credits.retire(batchId, account, grams, Purpose.EventNeutrality, 0, 0);
        assert(false);
    }
}
