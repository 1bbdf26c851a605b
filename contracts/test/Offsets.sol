// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICompliance, Provisional, Quote, Rule} from "../src/ICompliance.sol";
import {Line} from "../src/ICredits.sol";
import {Obligation} from "../src/IObligations.sol";
import {Terms} from "../src/IRecognition.sol";
import {CapBase, RuleSet} from "../src/IRuleSets.sol";
import {Register} from "./Register.sol";
import {Vm} from "./Vm.sol";

/// @notice The register with a rule set for 2016, an obligation of the enterprise, and a batch from each jurisdiction on its account.
/// Wuhan accepts the credits of Shanghai without a discount.
abstract contract Offsets is Register {
    uint16 internal constant YEAR = 2016;
    uint64 internal constant HELD = 5000;
    uint64 internal constant DUE = 20_000;
    /// @dev 5 % of what is due.
    uint64 internal constant CAP = 1000;
    uint64 internal constant GRANULARITY = 10;
    uint64 internal constant YEARLY_CAP = 1e15;
    uint64 internal constant NO_LIMIT = type(uint64).max;

    uint256 internal localBatch;
    uint256 internal farBatch;

    function setUp() public virtual override {
        super.setUp();
        localBatch = _issueTo(enterprise, WUHAN_PROJECT, HELD);
        farBatch = _issueTo(enterprise, SHANGHAI_PROJECT, HELD);
        _setTerms(0, YEARLY_CAP);
        _setRules(_rules());
        _setObligation(_owed(DUE));
    }

    /// @dev Nothing limits but the cap; a test that wants more sets it.
    function _rules() internal view virtual returns (RuleSet memory rules) {
        rules.capBase = CapBase.AmountDue;
        rules.capBps = 500;
        rules.nonLocalCapBps = 500;
        rules.firstVintage = 2015;
        rules.lastVintage = 2016;
        rules.mechanisms = 1;
        rules.ownBoundaryExcluded = true;
        rules.granularityGrams = GRANULARITY;
        rules.opensAt = uint40(block.timestamp);
        rules.deadline = uint40(block.timestamp + 30 days);
        rules.documentHash = keccak256("rules");
    }

    function _owed(uint64 amountDue) internal pure returns (Obligation memory) {
        return Obligation({initialAllocation: 0, issuedAllowances: 0, verifiedEmissions: 0, amountDue: amountDue});
    }

    function _setRules(RuleSet memory rules) internal {
        vm.prank(address(desk));
        ruleSets.setRuleSet(WUHAN, YEAR, rules);
    }

    function _setObligation(Obligation memory obligation) internal {
        _setObligationOf(enterprise, obligation);
    }

    function _setObligationOf(address account, Obligation memory obligation) internal {
        vm.prank(address(desk));
        compliance.setObligation(WUHAN, account, YEAR, obligation);
    }

    /// @dev What Wuhan accepts of Shanghai, in force for ever.
    function _setTerms(uint16 discountBps, uint64 yearlyCapGrams) internal {
        vm.prank(address(desk));
        recognition.setTerms(WUHAN, SHANGHAI, METHOD, Terms(discountBps, yearlyCapGrams, 1, type(uint40).max));
    }

    function _line(uint256 batchId, uint64 grams) internal pure returns (Line[] memory lines) {
        lines = new Line[](1);
        lines[0] = Line(batchId, grams);
    }

    function _twoLines(uint256 first, uint64 firstGrams, uint256 second, uint64 secondGrams)
        internal
        pure
        returns (Line[] memory lines)
    {
        lines = new Line[](2);
        (lines[0], lines[1]) = (Line(first, firstGrams), Line(second, secondGrams));
    }

    /// @dev Answers the first retirement.
    function _offset(Line[] memory lines) internal returns (uint64 firstRetirementId) {
        vm.prank(agent);
        (firstRetirementId,) = compliance.offset(enterprise, YEAR, lines, BENEFICIARY, STATEMENT);
    }

    /// @dev Under rules with a reversal window: the number of the offset and what its event says.
    function _offsetProvisionally(address account, address person, Line[] memory lines)
        internal
        returns (uint64 offsetId, Provisional memory details)
    {
        vm.recordLogs();
        vm.prank(person);
        (, offsetId) = compliance.offset(account, YEAR, lines, BENEFICIARY, STATEMENT);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        details = abi.decode(logs[logs.length - 1].data, (Provisional));
    }

    function _quote(uint256 batchId) internal view returns (Quote memory) {
        return compliance.quote(enterprise, YEAR, batchId);
    }

    function _expectRefused(Line[] memory lines, bytes memory error_) internal {
        vm.expectRevert(error_);
        vm.prank(agent);
        compliance.offset(enterprise, YEAR, lines, BENEFICIARY, STATEMENT);
    }

    /// @dev One line is refused by the rule, and `quote` names the same rule and the same grams.
    function _expectRule(uint256 batchId, uint64 wanted, Rule rule, uint64 allowed) internal {
        _expectRefused(_line(batchId, wanted), _refusal(batchId, rule, wanted, allowed));
        Quote memory quote = _quote(batchId);
        assertEq(quote.grams, allowed, "quoted grams");
        // An amount under every headroom can still miss the granularity; for it alone the quote names another rule.
        if (rule != Rule.Granularity) assertEq(uint8(quote.binding), uint8(rule), "quoted rule");
    }

    function _refusal(uint256 batchId, Rule rule, uint64 wanted, uint64 allowed) internal view returns (bytes memory) {
        return abi.encodeWithSelector(ICompliance.OffsetRefused.selector, enterprise, YEAR, batchId, rule, wanted, allowed);
    }
}
