// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Compliance} from "../../src/Compliance.sol";
import {IAccounts} from "../../src/IAccounts.sol";
import {IAuthority} from "../../src/IAuthority.sol";
import {ICredits} from "../../src/ICredits.sol";
import {IEmissions} from "../../src/IEmissions.sol";
import {IFilings} from "../../src/IFilings.sol";
import {IRecognition} from "../../src/IRecognition.sol";
import {IRuleSets} from "../../src/IRuleSets.sol";
import {Case} from "../Case.sol";
import {AnyAccounts, AnyAuthority, AnyCredits, AnyEmissions, AnyFilings, AnyRecognition, AnyRuleSets} from "./Neighbours.sol";
import {Svm} from "./Proof.sol";

/// @notice Compliance in any state, among neighbours that answer anything. The proof is the contract itself, so that it can call its
/// internal steps.
/// @dev Arithmetic of proofs is unchecked: 64-bit quantities do not overflow a word, and a panic here would drop a path unseen.
abstract contract OffsetProof is Compliance, Case {
    Svm internal constant svm = Svm(address(uint160(uint256(keccak256("svm cheat code")))));

    constructor()
        Compliance(
            IAuthority(address(new AnyAuthority())),
            address(0xde5c),
            IAccounts(address(new AnyAccounts())),
            IFilings(address(new AnyFilings())),
            IRecognition(address(new AnyRecognition())),
            IRuleSets(address(new AnyRuleSets())),
            IEmissions(address(new AnyEmissions())),
            ICredits(address(new AnyCredits()))
        )
    {}

    function setUp() public {
        svm.enableSymbolicStorage(address(AUTHORITY));
        svm.enableSymbolicStorage(address(ACCOUNTS));
        svm.enableSymbolicStorage(address(FILINGS));
        svm.enableSymbolicStorage(address(RECOGNITION));
        svm.enableSymbolicStorage(address(RULE_SETS));
        svm.enableSymbolicStorage(address(EMISSIONS));
        svm.enableSymbolicStorage(address(CREDITS));
        svm.enableSymbolicStorage(address(this));
    }

    function _poolUsed(uint32 jurisdiction, uint16 year) internal view returns (uint64) {
        return this.poolOf(jurisdiction, year).usedGrams;
    }

    /// @dev In 64 bits, as the contract compares it, or the solver would have to find again what no bit above them says.
    function _rest(uint64 limit, uint256 used) internal pure returns (uint64) {
        unchecked {
            return limit > used ? uint64(limit - used) : 0;
        }
    }

    function _total(Tally memory tally) internal pure returns (uint256) {
        unchecked {
            return uint256(tally.localGrams) + tally.otherGrams;
        }
    }
}
