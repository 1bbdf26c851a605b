// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountStatus} from "../src/IAccounts.sol";
import {Role} from "../src/IAuthority.sol";
import {ICompliance, Quote, Rule} from "../src/ICompliance.sol";
import {ProjectFiling} from "../src/IFilings.sol";
import {Terms} from "../src/IRecognition.sol";
import {CapBase, RuleSet} from "../src/IRuleSets.sol";
import {Offsets} from "./Offsets.sol";

/// @notice For any rules and any state: what `quote` allows passes in the same block, one granule more is refused by the rule that the
/// quote names.
contract ComplianceFuzzTest is Offsets {
    uint32 private constant PREFERRED_AREA = 420_117;
    uint256 private constant BATCHES = 4;

    struct Seeds {
        uint256 rules;
        uint256 more;
        uint256 terms;
        uint256 state;
        uint256[6] uses;
    }

    uint256[BATCHES] private _batches;

    function setUp() public override {
        super.setUp();
        ProjectFiling memory filing = filings.projectOf(WUHAN_PROJECT).filing;
        (filing.area, filing.mechanism) = (PREFERRED_AREA, 2);
        vm.prank(address(desk));
        filings.fileProject(WUHAN, filing);
        uint256 preferred = _issueTo(enterprise, uint64(WUHAN) << 32 | 2, HELD);
        // A second project of Shanghai, on terms of its own where the seed says so.
        filing = filings.projectOf(SHANGHAI_PROJECT).filing;
        filing.boundaryAccount = enterprise;
        vm.prank(address(desk));
        filings.fileProject(SHANGHAI, filing);
        uint256 ownTerms = _issueTo(enterprise, uint64(SHANGHAI) << 32 | 2, HELD);
        _batches = [localBatch, farBatch, preferred, ownTerms];
        _install(Role.Locker, address(this));
        _install(Role.Corrector, address(this));
    }

    function testFuzz_quote__is_what_offset_does(Seeds memory seeds) public {
        _prepare(seeds);
        for (uint256 i = 0; i < BATCHES; ++i) {
            _assertExact(_batches[i]);
        }
    }

    /// @dev The same where the first rules leave more often something to take.
    function testFuzz_quote__of_kind_rules__is_what_offset_does(Seeds memory seeds) public {
        seeds.more = seeds.more | 0xff;
        seeds.state &= ~uint256(15);
        _prepare(seeds);
        for (uint256 i = 0; i < BATCHES; ++i) {
            _assertExact(_batches[(i + seeds.rules % BATCHES) % BATCHES]);
        }
    }

    // ------------------------------------------------------------- helpers

    function _prepare(Seeds memory seeds) private {
        _setObligation(_owed(uint64(bound(seeds.state >> 128, 1, 100_000))));
        RuleSet memory rules = _randomRules(seeds.rules, seeds.more);
        vm.prank(address(desk));
        ruleSets.setRuleSet(WUHAN, YEAR + 1, rules);
        vm.prank(address(desk));
        compliance.setObligation(WUHAN, enterprise, YEAR + 1, _owed(uint64(bound(seeds.state >> 128, 1, 100_000))));
        _randomTerms(seeds.terms);
        _reserveBeside(seeds.terms >> 200, rules);
        for (uint256 i = 0; i < seeds.uses.length; ++i) {
            _use(_batches[i % BATCHES], seeds.uses[i], rules.granularityGrams);
        }
        _randomState(seeds.state);
    }

    function _randomRules(uint256 seed, uint256 more) private view returns (RuleSet memory rules) {
        rules = _rules();
        rules.capBase = CapBase.AmountDue;
        rules.capBps = uint16(bound(seed, 1, 10_000));
        rules.nonLocalCapBps = uint16(bound(seed >> 16, 0, 2 * uint256(rules.capBps)));
        if (rules.nonLocalCapBps > rules.capBps) rules.nonLocalCapBps = rules.capBps;
        rules.localShareMinBps = uint16(bound(seed >> 32, 0, 10_000));
        rules.preferredShareMinBps = rules.localShareMinBps;
        if (seed >> 48 & 1 == 1 && rules.localShareMinBps > 1) {
            rules.preferredShareMinBps = uint16(bound(seed >> 49, 1, rules.localShareMinBps - 1));
            rules.preferenceAreas = new uint32[](1);
            rules.preferenceAreas[0] = PREFERRED_AREA;
        }
        rules.granularityGrams = uint64(bound(seed >> 64, 1, 50));
        if (seed >> 80 & 1 == 1) (rules.pooled, rules.poolGrams) = (true, uint64(bound(seed >> 81, 1, 20_000)));
        if (rules.pooled) rules.reservableUntil = rules.deadline;
        if (seed >> 120 & 1 == 1) rules.reversalSeconds = 60;
        rules.ownBoundaryExcluded = seed >> 121 & 1 == 1;
        // Mostly open: the bits of `more` that are set let something in.
        rules.mechanisms = uint8(more & 3) == 0 ? 1 : 3;
        rules.lastVintage = more >> 2 & 3 == 0 ? 2015 : 2016;
        if (more >> 4 & 3 == 0) rules.opensAt += 1;
    }

    function _randomTerms(uint256 seed) private {
        if (seed & 7 == 0) return;
        _setTerms(uint16(bound(seed >> 3, 0, 9999)), uint64(bound(seed >> 32, 1, 8000)));
        if (seed >> 80 & 1 == 1) {
            Terms memory own = Terms(uint16(bound(seed >> 81, 0, 9999)), uint64(bound(seed >> 100, 1, 8000)), 1, 2 ** 40 - 1);
            vm.prank(address(desk));
            recognition.setProjectTerms(WUHAN, uint64(SHANGHAI) << 32 | 2, own);
        }
    }

    /// @dev Others may stand in the queue, before and after the enterprise.
    function _reserveBeside(uint256 seed, RuleSet memory rules) private {
        if (!rules.pooled) return;
        vm.prank(address(desk));
        compliance.setObligation(WUHAN, buyer, YEAR + 1, _owed(100_000));
        if (seed & 1 == 1) _reserve(buyer, buyerAgent, seed >> 3, rules.poolGrams);
        if (seed & 2 == 2) _reserve(enterprise, agent, seed >> 10, rules.poolGrams);
        if (seed & 4 == 4 && seed & 1 == 1) {
            vm.prank(buyerAgent);
            try compliance.releaseReservation(buyer, YEAR + 1) {} catch {}
        }
    }

    function _reserve(address account, address person, uint256 seed, uint64 poolGrams) private {
        uint64 grams = uint64(bound(seed, 1, poolGrams));
        vm.prank(person);
        try compliance.reserve(account, YEAR + 1, grams) {} catch {}
    }

    function _use(uint256 batchId, uint256 seed, uint64 granularity) private {
        uint64 allowed = compliance.quote(enterprise, YEAR + 1, batchId).grams;
        uint64 grams = uint64(bound(seed, 0, allowed));
        grams -= grams % granularity;
        if (grams == 0) return;
        vm.prank(agent);
        try compliance.offset(enterprise, YEAR + 1, _line(batchId, grams), BENEFICIARY, STATEMENT) {}
        catch (bytes memory reason) {
            // Only a granule that counts for nothing may be refused under what the quote allows.
            assertEq(bytes4(reason), ICompliance.OffsetRefused.selector, "by a rule");
            (,,, Rule rule,,) = abi.decode(_tail(reason), (address, uint16, uint256, Rule, uint64, uint64));
            assertEq(uint8(rule), uint8(Rule.Granularity), "by the granularity");
        }
    }

    function _randomState(uint256 seed) private {
        if (seed & 15 == 1) credits.setHold(_batches[seed >> 8 & 3], true);
        if (seed & 15 == 2) _setStatus(enterprise, AccountStatus(uint8(2 + (seed >> 8 & 1))));
        if (seed & 15 == 3) credits.lock(enterprise, localBatch, 1 + uint64(bound(seed >> 8, 0, 1000)) % _availableOrOne());
        if (seed & 15 == 4) _setStatusOfProject();
        if (seed & 15 == 5) credits.setFrozenTokens(enterprise, farBatch, HELD);
        if (seed & 15 == 6) {
            vm.prank(address(desk));
            compliance.setFulfilment(WUHAN, enterprise, YEAR + 1, 0, true, REASON);
        }
        if (seed & 15 == 7) {
            vm.prank(address(desk));
            authority.revokeRoles(COUNCIL, _grant(seed >> 8 & 1 == 0 ? Role.Retirer : Role.Locker, address(compliance)));
        }
    }

    function _availableOrOne() private view returns (uint64) {
        uint64 available = credits.availableOf(enterprise, localBatch);
        return available == 0 ? 1 : available;
    }

    function _setStatusOfProject() private {
        vm.prank(regulator);
        filings.suspendProject(WUHAN_PROJECT, REASON);
    }

    function _assertExact(uint256 batchId) private {
        (RuleSet memory rules,) = ruleSets.ruleSetOf(WUHAN, YEAR + 1);
        Quote memory quote = compliance.quote(enterprise, YEAR + 1, batchId);
        assertTrue(quote.binding != Rule.None, "something always binds");
        assertTrue(quote.grams == 0 || quote.countedGrams != 0, "what is allowed counts");
        // One granule more, and one gram.
        _assertRefused(batchId, quote.grams + rules.granularityGrams, quote.binding);
        if (rules.granularityGrams != 1) _assertRefused(batchId, quote.grams + 1, Rule.None);
        if (quote.grams == 0) return;
        vm.prank(agent);
        compliance.offset(enterprise, YEAR + 1, _line(batchId, quote.grams), BENEFICIARY, STATEMENT);
    }

    /// @dev None: whatever rule.
    function _assertRefused(uint256 batchId, uint64 grams, Rule binding) private {
        vm.prank(agent);
        try compliance.offset(enterprise, YEAR + 1, _line(batchId, grams), BENEFICIARY, STATEMENT) {
            revert NotTrue("more than the quote is refused");
        } catch (bytes memory reason) {
            assertEq(bytes4(reason), ICompliance.OffsetRefused.selector, "by a rule");
            (,,, Rule rule,,) = abi.decode(_tail(reason), (address, uint16, uint256, Rule, uint64, uint64));
            if (binding != Rule.None) assertEq(uint8(rule), uint8(binding), "by the one the quote names");
        }
    }

    /// @dev The arguments of an error.
    function _tail(bytes memory reason) private pure returns (bytes memory arguments) {
        arguments = new bytes(reason.length - 4);
        for (uint256 i = 0; i < arguments.length; ++i) {
            arguments[i] = reason[i + 4];
        }
    }
}
