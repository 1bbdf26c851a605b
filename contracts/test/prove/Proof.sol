// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batch, Holding, ProjectTotal} from "../../src/ICredits.sol";
import {Credits} from "../../src/Credits.sol";
import {IAccounts} from "../../src/IAccounts.sol";
import {IAuthority} from "../../src/IAuthority.sol";
import {IFilings} from "../../src/IFilings.sol";
import {IOracleCommittee} from "../../src/IOracleCommittee.sol";
import {ITransferRules} from "../../src/ITransferRules.sol";
import {Case} from "../Case.sol";
import {AnyAccounts, AnyAuthority, AnyCommittee, AnyFilings, AnyTransferRules} from "./Neighbours.sol";

/// @notice The cheat code of halmos that we use besides those of forge.
interface Svm {
    /// @notice From here on every slot of the contract holds any value.
    function enableSymbolicStorage(address target) external;
    /// @notice Calldata of any function of a contract that is no view, with any arguments; lists of up to 2 members.
    function createCalldata(string memory contractName) external returns (bytes memory);
    /// @notice Any value, an argument of the proof like its parameters.
    function createAddress(string memory name) external returns (address);
    function createUint256(string memory name) external returns (uint256);
}

/// @notice The ledger with its books open to a proof. Adds views and nothing else.
contract OpenCredits is Credits {
    constructor(
        IAuthority authority,
        address desk,
        IAccounts accounts,
        ITransferRules transferRules,
        IFilings filings,
        IOracleCommittee committee
    ) Credits(authority, desk, accounts, transferRules, filings, committee) {}

    function rawBatch(uint256 batchId) external view returns (Batch memory) {
        return _batches[batchId];
    }

    function rawHolding(address account, uint256 batchId) external view returns (Holding memory) {
        return _holdings[batchId][account];
    }
}

/// @notice The ledger in any state, among neighbours that answer anything. What is proven here holds for every network.
/// @dev A check fails only by `assert`: a call that reverts has changed nothing and ends the path.
abstract contract Proof is Case {
    /// @dev What the books say of one batch and of accounts that take part in a call.
    struct Books {
        Batch batch;
        /// Of the two accounts, retired and cancelled.
        uint256 sum;
        Holding holding;
        ProjectTotal total;
    }

    /// @dev Whom and what a call names, somebody else, and what the books said of all before the call.
    struct Scene {
        address from;
        address to;
        uint256 batchId;
        Books books;
        address other;
        uint256 otherBatch;
        Holding otherHolding;
    }

    Svm internal constant svm = Svm(address(uint160(uint256(keccak256("svm cheat code")))));
    address internal constant DESK = address(0xde5c);
    uint256 internal constant LINE_END = type(uint56).max;

    OpenCredits internal credits;
    AnyFilings internal filings;

    function setUp() public virtual {
        AnyAuthority authority = new AnyAuthority();
        AnyAccounts accounts = new AnyAccounts();
        AnyCommittee committee = new AnyCommittee();
        AnyTransferRules transferRules = new AnyTransferRules();
        filings = new AnyFilings();
        credits = new OpenCredits(
            IAuthority(address(authority)),
            DESK,
            IAccounts(address(accounts)),
            ITransferRules(address(transferRules)),
            IFilings(address(filings)),
            IOracleCommittee(address(committee))
        );
        svm.enableSymbolicStorage(address(authority));
        svm.enableSymbolicStorage(address(accounts));
        svm.enableSymbolicStorage(address(committee));
        svm.enableSymbolicStorage(address(transferRules));
        svm.enableSymbolicStorage(address(filings));
        svm.enableSymbolicStorage(address(credits));
    }

    /// @dev Before a call that names two accounts, which may be one and the same, and a batch. The other account, or batch, is any that
    /// is not named.
    function _sceneOf(address from, address to, uint256 batchId) internal returns (Scene memory scene) {
        (scene.from, scene.to, scene.batchId) = (from, to, batchId);
        scene.books = _books(from, to, batchId);
        (scene.other, scene.otherBatch) = (svm.createAddress("other"), svm.createUint256("otherBatch"));
        vm.assume(scene.otherBatch != batchId || (scene.other != from && scene.other != to));
        scene.otherHolding = credits.rawHolding(scene.other, scene.otherBatch);
    }

    /// @dev The same where the part of invariants 1 and 4 holds that the call may rely on.
    function _soundScene(address from, address to, uint256 batchId) internal returns (Scene memory scene) {
        scene = _sceneOf(from, to, batchId);
        _assumeSound(scene.books);
    }

    /// @dev After the call. 1: what left one place is in another, gram by gram, nothing was issued, and no other holding changed. 2:
    /// nothing comes back. Answers what the books say now.
    function _conserved(Scene memory scene) internal view returns (Books memory now_) {
        now_ = _booksAfter(scene);
        _assertConserved(scene.books, now_);
        _assertUntouched(scene);
    }

    function _booksAfter(Scene memory scene) internal view returns (Books memory) {
        return _books(scene.from, scene.to, scene.batchId);
    }

    function _assertConserved(Books memory before, Books memory now_) internal pure {
        assert(now_.sum == before.sum);
        assert(now_.batch.issued == before.batch.issued);
        assert(now_.batch.serialStart == before.batch.serialStart);
        assert(now_.batch.retired >= before.batch.retired && now_.batch.cancelled >= before.batch.cancelled);
        assert(now_.total.issued == before.total.issued);
    }

    function _assertUntouched(Scene memory scene) internal view {
        (Holding memory before, Holding memory now_) = (scene.otherHolding, credits.rawHolding(scene.other, scene.otherBatch));
        assert(now_.grams == before.grams && now_.locked == before.locked);
        assert(now_.frozen == before.frozen && now_.recalled == before.recalled);
    }

    /// @dev The books of two accounts, which may be one and the same.
    function _books(address one, address two, uint256 batchId) internal view returns (Books memory books) {
        books.batch = credits.rawBatch(batchId);
        books.holding = credits.rawHolding(one, batchId);
        books.total = credits.totalsOf(uint64(batchId >> 64));
        books.sum = uint256(books.batch.retired) + books.batch.cancelled + books.holding.grams;
        if (two != one) books.sum += credits.rawHolding(two, batchId).grams;
    }

    /// @dev What two accounts hold and what is gone was issued, and what was issued lies on the number line.
    function _assumeSound(Books memory books) internal pure {
        vm.assume(books.sum <= books.batch.issued);
        vm.assume(uint256(books.batch.serialStart) + books.batch.issued <= LINE_END);
        vm.assume(books.batch.retired <= books.total.retired && books.batch.cancelled <= books.total.cancelled);
    }

    /// @dev The sums of the project move as the batch does.
    function _assertTotals(Books memory before, Books memory now_) internal pure {
        assert(now_.total.retired - before.total.retired == now_.batch.retired - before.batch.retired);
        assert(now_.total.cancelled - before.total.cancelled == now_.batch.cancelled - before.batch.cancelled);
    }

    function _assertNothingRetiredOrCancelled(Books memory before, Books memory now_) internal pure {
        assert(now_.batch.retired == before.batch.retired && now_.batch.cancelled == before.batch.cancelled);
        assert(now_.total.retired == before.total.retired && now_.total.cancelled == before.total.cancelled);
    }

    function _heldBack(Holding memory holding) internal pure returns (uint256) {
        return uint256(holding.locked) + holding.frozen + holding.recalled;
    }
}
