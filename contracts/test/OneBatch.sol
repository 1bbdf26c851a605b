// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus} from "../src/IAccounts.sol";
import {Batch, ICredits, Purpose} from "../src/ICredits.sol";
import {Register} from "./Register.sol";

/// @notice The register with one batch of 1000 grams, all of it on the platform's account.
abstract contract OneBatch is Register {
    uint64 internal constant ISSUED = 1000;

    uint256 internal batchId;

    function setUp() public virtual override {
        super.setUp();
        batchId = _issueTo(platform, WUHAN_PROJECT, ISSUED);
    }

    function _cancel(address account, uint64 grams) internal {
        vm.prank(address(desk));
        credits.cancel(WUHAN, batchId, account, grams, REASON);
    }

    function _retire(uint64 grams) internal returns (uint64) {
        vm.prank(platformAgent);
        return credits.retire(batchId, platform, grams, Purpose.EventNeutrality, BENEFICIARY, STATEMENT);
    }

    function _transfer(address to, uint256 grams) internal {
        vm.prank(platformAgent);
        credits.safeTransferFrom(platform, to, batchId, grams, "");
    }

    function _assertBatch(uint256 batch, uint64 issued, uint64 retired, uint64 cancelled) internal view {
        Batch memory stored = credits.batchOf(batch);
        assertEq(stored.issued, issued, "issued");
        assertEq(stored.retired, retired, "retired");
        assertEq(stored.cancelled, cancelled, "cancelled");
    }

    function _notUsable(address account, AccountStatus status) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(ICredits.AccountNotUsable.selector, account, uint8(status));
    }

    function _insufficient(address account, uint256 held, uint256 wanted) internal view returns (bytes memory) {
        return abi.encodeWithSelector(ICredits.InsufficientGrams.selector, account, batchId, held, wanted);
    }
}
