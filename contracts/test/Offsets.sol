// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CapBase, ICompliance, Obligation, Quote, Rule, RuleSet} from "../src/ICompliance.sol";
import {Line} from "../src/ICredits.sol";
import {Register} from "./Register.sol";

/// @notice The register with a rule set for 2016, an obligation of the enterprise, and a batch from each jurisdiction on its account.
abstract contract Offsets is Register {
    uint16 internal constant YEAR = 2016;
    uint64 internal constant HELD = 5000;
    uint64 internal constant DUE = 20_000;
    /// @dev 5 % of what is due.
    uint64 internal constant CAP = 1000;
    uint64 internal constant GRANULARITY = 10;

    uint256 internal localBatch;
    uint256 internal farBatch;

    function setUp() public virtual override {
        super.setUp();
        localBatch = _issueTo(enterprise, WUHAN_PROJECT, HELD);
        farBatch = _issueTo(enterprise, SHANGHAI_PROJECT, HELD);
        _setRules(_rules());
        _setObligation(_owed(DUE));
    }

    /// @dev No local share asked for; a test that wants one sets it.
    function _rules() internal view returns (RuleSet memory) {
        return RuleSet({
            capBase: CapBase.AmountDue,
            capBps: 500,
            localShareMinBps: 0,
            firstVintage: 2015,
            lastVintage: 2016,
            granularityGrams: GRANULARITY,
            opensAt: uint40(block.timestamp),
            deadline: uint40(block.timestamp + 30 days),
            documentHash: keccak256("rules")
        });
    }

    function _owed(uint64 amountDue) internal pure returns (Obligation memory) {
        return Obligation({initialAllocation: 0, issuedAllowances: 0, verifiedEmissions: 0, amountDue: amountDue});
    }

    function _setRules(RuleSet memory rules) internal {
        vm.prank(address(desk));
        compliance.setRuleSet(WUHAN, YEAR, rules);
    }

    function _setObligation(Obligation memory obligation) internal {
        vm.prank(address(desk));
        compliance.setObligation(WUHAN, enterprise, YEAR, obligation);
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

    function _offset(Line[] memory lines) internal returns (uint64[] memory) {
        vm.prank(agent);
        return compliance.offset(enterprise, YEAR, lines, BENEFICIARY, STATEMENT);
    }

    function _expectRefused(Line[] memory lines, bytes memory error_) internal {
        vm.expectRevert(error_);
        vm.prank(agent);
        compliance.offset(enterprise, YEAR, lines, BENEFICIARY, STATEMENT);
    }

    /// @dev One line is refused by the rule, and `quote` names the same rule and the same grams.
    function _expectRule(uint256 batchId, uint64 wanted, Rule rule, uint64 allowed) internal {
        _expectRefused(_line(batchId, wanted), _refusal(batchId, rule, wanted, allowed));
        Quote memory quote = compliance.quote(enterprise, YEAR, batchId);
        assertEq(quote.grams, allowed, "quoted grams");
        // An amount under every headroom can still miss the granularity; for it alone the quote names another rule.
        if (rule != Rule.Granularity) assertEq(uint8(quote.binding), uint8(rule), "quoted rule");
    }

    function _refusal(uint256 batchId, Rule rule, uint64 wanted, uint64 allowed) internal view returns (bytes memory) {
        return abi.encodeWithSelector(ICompliance.OffsetRefused.selector, enterprise, YEAR, batchId, rule, wanted, allowed);
    }
}
