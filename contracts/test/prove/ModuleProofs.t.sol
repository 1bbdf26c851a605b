// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Line, Purpose, Retiree} from "../../src/ICredits.sol";
import {Proof} from "./Proof.sol";

/// @notice Invariants 1 and 2 for what the Desk and the modules do with credits.
contract ModuleProofs is Proof {
    function check_cancel(address caller, address account, uint256 batchId, uint64 grams) public {
        Scene memory scene = _soundScene(account, account, batchId);

        vm.prank(caller);
        credits.cancel(uint32(batchId >> 96), batchId, account, grams, keccak256("reason"));

        (Books memory before, Books memory now_) = (scene.books, _conserved(scene));
        assert(caller == DESK);
        _assertTotals(before, now_);
        assert(grams != 0 && now_.batch.cancelled == before.batch.cancelled + grams);
    }

    function check_cancelFor(address caller, address account, uint256 batchId, uint64 grams, bool recalled) public {
        Scene memory scene = _soundScene(account, account, batchId);

        vm.prank(caller);
        credits.cancelFor(account, batchId, grams, keccak256("reason"), recalled);

        (Books memory before, Books memory now_) = (scene.books, _conserved(scene));
        _assertTotals(before, now_);
        assert(grams != 0 && now_.batch.cancelled == before.batch.cancelled + grams);
    }

    function check_retireFor(address caller, address account, uint256 batchId, uint64 grams, bool locked) public {
        Scene memory scene = _soundScene(account, account, batchId);
        Line[] memory lines = new Line[](1);
        lines[0] = Line(batchId, grams);

        vm.prank(caller);
        credits.retireFor(Retiree(account, Purpose.ComplianceOffset, 0, 0, caller, locked), lines);

        (Books memory before, Books memory now_) = (scene.books, _conserved(scene));
        _assertTotals(before, now_);
        assert(grams != 0 && now_.batch.retired == before.batch.retired + grams);
    }

    function check_moveLocked(address caller, address from, address to, uint256 batchId, uint64 grams, bool seize) public {
        Scene memory scene = _soundScene(from, to, batchId);

        vm.prank(caller);
        if (seize) credits.seizeLocked(from, to, batchId, grams);
        else credits.moveLocked(from, to, batchId, grams);

        (Books memory before, Books memory now_) = (scene.books, _conserved(scene));
        _assertNothingRetiredOrCancelled(before, now_);
        assert(grams != 0 && from != to && now_.holding.locked == before.holding.locked - grams);
    }

    function check_forcedTransfer(address caller, address from, address to, uint256 batchId, uint256 grams) public {
        Scene memory scene = _soundScene(from, to, batchId);

        vm.prank(caller);
        credits.forcedTransfer(from, to, batchId, grams);

        (Books memory before, Books memory now_) = (scene.books, _conserved(scene));
        _assertNothingRetiredOrCancelled(before, now_);
        assert(grams != 0 && from != to && now_.holding.grams == before.holding.grams - grams);
        assert(now_.holding.locked == before.holding.locked && now_.holding.recalled == before.holding.recalled);
    }

    /// @dev Refuted: a module can retire from what is locked.
    function reach_retireFor(address caller, address account, uint256 batchId, uint64 grams) public {
        _assumeSound(_books(account, account, batchId));
        Line[] memory lines = new Line[](1);
        lines[0] = Line(batchId, grams);
        vm.prank(caller);
        credits.retireFor(Retiree(account, Purpose.ComplianceOffset, 0, 0, caller, true), lines);
        assert(false);
    }

    /// @dev Refuted: a forced transfer can succeed.
    function reach_forcedTransfer(address caller, address from, address to, uint256 batchId, uint256 grams) public {
        _assumeSound(_books(from, to, batchId));
        vm.prank(caller);
        credits.forcedTransfer(from, to, batchId, grams);
        assert(false);
    }
}
