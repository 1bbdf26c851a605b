// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Proof} from "./Proof.sol";

/// @notice Invariants 1 and 4 where grams come into being, and that nothing else moves a gram.
contract IssueProofs is Proof {
    /// @dev To two accounts, which may be one.
    function check_issue(address caller, uint64 projectId, uint64 seq, address[2] memory accounts, uint64[2] memory allocation)
        public
    {
        uint256 batchId = credits.batchIdOf(projectId, seq);
        Scene memory scene = _sceneOf(accounts[0], accounts[1], batchId);
        // What was never issued is held by nobody.
        vm.assume(scene.books.batch.issued != 0 || scene.books.sum == 0);

        vm.prank(caller);
        credits.issue(uint32(projectId >> 32), projectId, seq, _accounts(accounts), _grams(allocation));

        (Books memory before, Books memory now_) = (scene.books, _booksAfter(scene));
        _assertUntouched(scene);
        assert(caller == DESK);
        assert(before.batch.issued == 0 && now_.batch.issued != 0);
        assert(now_.sum == now_.batch.issued && now_.batch.retired == 0 && now_.batch.cancelled == 0);
        assert(uint256(allocation[0]) + allocation[1] == now_.batch.issued);
        assert(now_.total.issued == before.total.issued + now_.batch.issued);
        // No cap passed: the ceiling of the filing, the end of the number line.
        assert(now_.total.issued <= _ceilingOf(projectId));
        assert(uint256(now_.batch.serialStart) + now_.batch.issued <= LINE_END);
    }

    /// @dev Any function but those that have a proof of their own, with any arguments, by anyone.
    function check_other_functions(address caller, address account, uint256 batchId) public {
        bytes memory data = svm.createCalldata("OpenCredits");
        vm.assume(!_movesGrams(bytes4(data)));
        Books memory before = _books(account, account, batchId);

        vm.prank(caller);
        (bool succeeded,) = address(credits).call(data);
        vm.assume(succeeded);

        Books memory now_ = _books(account, account, batchId);
        _assertConserved(before, now_);
        _assertNothingRetiredOrCancelled(before, now_);
        assert(now_.holding.grams == before.holding.grams);
    }

    /// @dev Refuted: one of those other functions can succeed.
    function reach_other_functions(address caller) public {
        bytes memory data = svm.createCalldata("OpenCredits");
        vm.assume(bytes4(data) == credits.lock.selector || bytes4(data) == credits.recall.selector);
        vm.prank(caller);
        (bool succeeded,) = address(credits).call(data);
        assert(!succeeded);
    }

    /// @dev Refuted: an issue can succeed.
    function reach_issue(uint64 projectId, uint64 seq, address[2] memory accounts, uint64[2] memory allocation) public {
        vm.prank(DESK);
        credits.issue(uint32(projectId >> 32), projectId, seq, _accounts(accounts), _grams(allocation));
        assert(false);
    }

    function _ceilingOf(uint64 projectId) private view returns (uint64) {
        return filings.factsOf(projectId).ceilingGrams;
    }

    function _movesGrams(bytes4 selector) private view returns (bool) {
        return selector == credits.safeTransferFrom.selector || selector == credits.safeBatchTransferFrom.selector
            || selector == credits.retire.selector || selector == credits.retireMany.selector
            || selector == credits.retireFor.selector || selector == credits.moveLocked.selector
            || selector == credits.seizeLocked.selector || selector == credits.forcedTransfer.selector
            || selector == credits.cancel.selector || selector == credits.cancelFor.selector
            || selector == credits.issue.selector || selector == credits.issueMany.selector;
    }

    function _accounts(address[2] memory accounts) private pure returns (address[] memory list) {
        list = new address[](2);
        (list[0], list[1]) = (accounts[0], accounts[1]);
    }

    function _grams(uint64[2] memory allocation) private pure returns (uint64[] memory list) {
        list = new uint64[](2);
        (list[0], list[1]) = (allocation[0], allocation[1]);
    }
}
