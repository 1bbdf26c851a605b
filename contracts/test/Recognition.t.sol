// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeskGuarded} from "../src/IDeskGuarded.sol";
import {IRecognition, Terms} from "../src/IRecognition.sol";
import {Recognition} from "../src/Recognition.sol";
import {Network} from "./Network.sol";

/// @notice What a jurisdiction accepts of another.
contract RecognitionTest is Network {
    bytes32 private constant METHOD = keccak256("definition");
    bytes32 private constant DOCUMENT = keccak256("decision");
    uint64 private constant PROJECT = uint64(SHANGHAI) << 32 | 7;
    uint64 private constant OWN_PROJECT = uint64(WUHAN) << 32 | 1;

    Recognition private _recognition;

    function setUp() public override {
        super.setUp();
        _recognition = new Recognition(authority, address(desk));
        // Everything here is said by the Desk, but for the test of the guard.
        vm.startPrank(address(desk));
    }

    // -------------------------------------------------------- methodologies

    function test_recogniseMethodology__stores_and_tells() public {
        vm.expectEmit(true, true, true, true, address(_recognition));
        emit IRecognition.MethodologyRecognised(WUHAN, METHOD, DOCUMENT);
        _recognition.recogniseMethodology(WUHAN, METHOD, DOCUMENT);
        assertTrue(_recognition.recognisesMethodology(WUHAN, METHOD), "recognised");
        assertTrue(!_recognition.recognisesMethodology(SHANGHAI, METHOD), "by nobody else");
    }

    function test_recogniseMethodology__what_is_impossible__reverts() public {
        _expectUnknown(COUNCIL);
        _recognition.recogniseMethodology(COUNCIL, METHOD, DOCUMENT);
        _expectUnknown(340_000);
        _recognition.recogniseMethodology(340_000, METHOD, DOCUMENT);
        _expectField("definitionHash");
        _recognition.recogniseMethodology(WUHAN, bytes32(0), DOCUMENT);
        _expectField("documentHash");
        _recognition.recogniseMethodology(WUHAN, METHOD, bytes32(0));
        _recognition.recogniseMethodology(WUHAN, METHOD, DOCUMENT);
        _expectUnchanged();
        _recognition.recogniseMethodology(WUHAN, METHOD, keccak256("another decision"));
    }

    function test_withdrawMethodology__ends_it() public {
        _expectUnchanged();
        _recognition.withdrawMethodology(WUHAN, METHOD, REASON);
        _recognition.recogniseMethodology(WUHAN, METHOD, DOCUMENT);
        _expectField("reasonHash");
        _recognition.withdrawMethodology(WUHAN, METHOD, bytes32(0));
        vm.expectEmit(true, true, true, true, address(_recognition));
        emit IRecognition.MethodologyWithdrawn(WUHAN, METHOD, REASON);
        _recognition.withdrawMethodology(WUHAN, METHOD, REASON);
        assertTrue(!_recognition.recognisesMethodology(WUHAN, METHOD), "withdrawn");
    }

    // --------------------------------------------------------------- terms

    function test_setTerms__stores_and_tells() public {
        vm.expectEmit(true, true, true, true, address(_recognition));
        emit IRecognition.TermsSet(WUHAN, SHANGHAI, METHOD, _terms(1000));
        _recognition.setTerms(WUHAN, SHANGHAI, METHOD, _terms(1000));
        _assertTerms(_recognition.termsOf(WUHAN, SHANGHAI, METHOD), _terms(1000));
        (Terms memory found, bytes32 key) = _recognition.termsFor(WUHAN, PROJECT, METHOD);
        _assertTerms(found, _terms(1000));
        (found,) = _recognition.termsFor(WUHAN, PROJECT, keccak256("another methodology"));
        assertEq(found.yearlyCapGrams, 0, "of this methodology alone");
        (found,) = _recognition.termsFor(SHANGHAI, OWN_PROJECT, METHOD);
        assertEq(found.yearlyCapGrams, 0, "not the other way round");

        // New terms count under the same key.
        _recognition.setTerms(WUHAN, SHANGHAI, METHOD, _terms(2000));
        (Terms memory later, bytes32 laterKey) = _recognition.termsFor(WUHAN, PROJECT, METHOD);
        _assertTerms(later, _terms(2000));
        assertEq(laterKey, key, "key");
    }

    function test_setTerms__what_is_impossible__reverts() public {
        _expectUnknown(COUNCIL);
        _recognition.setTerms(COUNCIL, SHANGHAI, METHOD, _terms(0));
        _expectUnknown(COUNCIL);
        _recognition.setTerms(WUHAN, COUNCIL, METHOD, _terms(0));
        _expectUnknown(340_000);
        _recognition.setTerms(WUHAN, 340_000, METHOD, _terms(0));
        vm.expectRevert(abi.encodeWithSelector(IRecognition.OwnCredits.selector, WUHAN));
        _recognition.setTerms(WUHAN, WUHAN, METHOD, _terms(0));
        _expectField("definitionHash");
        _recognition.setTerms(WUHAN, SHANGHAI, bytes32(0), _terms(0));

        _expectField("discountBps");
        _recognition.setTerms(WUHAN, SHANGHAI, METHOD, _terms(10_000));
        Terms memory terms = _terms(0);
        terms.yearlyCapGrams = 0;
        _expectField("yearlyCapGrams");
        _recognition.setTerms(WUHAN, SHANGHAI, METHOD, terms);
        terms = _terms(0);
        terms.validFrom = 0;
        _expectField("validFrom");
        _recognition.setTerms(WUHAN, SHANGHAI, METHOD, terms);
        terms = _terms(0);
        terms.validUntil = terms.validFrom - 1;
        _expectField("validUntil");
        _recognition.setTerms(WUHAN, SHANGHAI, METHOD, terms);

        terms.validUntil = terms.validFrom;
        _recognition.setTerms(WUHAN, SHANGHAI, METHOD, terms);
        _expectUnchanged();
        _recognition.setTerms(WUHAN, SHANGHAI, METHOD, terms);
        _recognition.setTerms(WUHAN, SHANGHAI, METHOD, _terms(9999));
    }

    function test_withdrawTerms__ends_them() public {
        _expectUnchanged();
        _recognition.withdrawTerms(WUHAN, SHANGHAI, METHOD, REASON);
        _recognition.setTerms(WUHAN, SHANGHAI, METHOD, _terms(0));
        _expectField("reasonHash");
        _recognition.withdrawTerms(WUHAN, SHANGHAI, METHOD, bytes32(0));
        vm.expectEmit(true, true, true, true, address(_recognition));
        emit IRecognition.TermsWithdrawn(WUHAN, SHANGHAI, METHOD, REASON);
        _recognition.withdrawTerms(WUHAN, SHANGHAI, METHOD, REASON);
        (Terms memory found,) = _recognition.termsFor(WUHAN, PROJECT, METHOD);
        _assertTerms(found, Terms(0, 0, 0, 0));
    }

    // ------------------------------------------------------------- projects

    function test_setProjectTerms__take_the_place_of_the_general_ones() public {
        _recognition.setTerms(WUHAN, SHANGHAI, METHOD, _terms(0));
        (, bytes32 generalKey) = _recognition.termsFor(WUHAN, PROJECT, METHOD);
        vm.expectEmit(true, true, true, true, address(_recognition));
        emit IRecognition.ProjectTermsSet(WUHAN, PROJECT, _terms(5000));
        _recognition.setProjectTerms(WUHAN, PROJECT, _terms(5000));
        (Terms memory found, bytes32 key) = _recognition.termsFor(WUHAN, PROJECT, METHOD);
        _assertTerms(found, _terms(5000));
        assertTrue(key != generalKey, "counted by itself");
        (found, key) = _recognition.termsFor(WUHAN, PROJECT + 1, METHOD);
        _assertTerms(found, _terms(0));
        assertEq(key, generalKey, "the others as before");
        _expectUnchanged();
        _recognition.setProjectTerms(WUHAN, PROJECT, _terms(5000));
    }

    function test_setProjectTerms__of_an_own_or_impossible_project__reverts() public {
        vm.expectRevert(abi.encodeWithSelector(IRecognition.OwnCredits.selector, WUHAN));
        _recognition.setProjectTerms(WUHAN, OWN_PROJECT, _terms(0));
        _expectField("projectId");
        _recognition.setProjectTerms(WUHAN, uint64(SHANGHAI) << 32, _terms(0));
        _expectUnknown(340_000);
        _recognition.setProjectTerms(WUHAN, uint64(340_000) << 32 | 1, _terms(0));
        _expectField("discountBps");
        _recognition.setProjectTerms(WUHAN, PROJECT, _terms(10_000));
    }

    function test_excludeProject__refuses_it_until_withdrawn() public {
        _recognition.setTerms(WUHAN, SHANGHAI, METHOD, _terms(0));
        _expectField("reasonHash");
        _recognition.excludeProject(WUHAN, PROJECT, bytes32(0));
        vm.expectRevert(abi.encodeWithSelector(IRecognition.OwnCredits.selector, WUHAN));
        _recognition.excludeProject(WUHAN, OWN_PROJECT, REASON);
        vm.expectEmit(true, true, true, true, address(_recognition));
        emit IRecognition.ProjectExcluded(WUHAN, PROJECT, REASON);
        _recognition.excludeProject(WUHAN, PROJECT, REASON);
        (Terms memory found,) = _recognition.termsFor(WUHAN, PROJECT, METHOD);
        assertEq(found.yearlyCapGrams, 0, "refused");
        (, bool excluded) = _recognition.projectTermsOf(WUHAN, PROJECT);
        assertTrue(excluded, "excluded");
        _expectUnchanged();
        _recognition.excludeProject(WUHAN, PROJECT, REASON);

        vm.expectEmit(true, true, true, true, address(_recognition));
        emit IRecognition.ProjectTermsWithdrawn(WUHAN, PROJECT, REASON);
        _recognition.withdrawProjectTerms(WUHAN, PROJECT, REASON);
        (found,) = _recognition.termsFor(WUHAN, PROJECT, METHOD);
        _assertTerms(found, _terms(0));
        _expectUnchanged();
        _recognition.withdrawProjectTerms(WUHAN, PROJECT, REASON);
    }

    function test_excludeProject__then_terms_again() public {
        _recognition.excludeProject(WUHAN, PROJECT, REASON);
        _recognition.setProjectTerms(WUHAN, PROJECT, _terms(1));
        (Terms memory found, bool excluded) = _recognition.projectTermsOf(WUHAN, PROJECT);
        assertTrue(!excluded, "no longer excluded");
        _assertTerms(found, _terms(1));
        _recognition.excludeProject(WUHAN, PROJECT, REASON);
        (found, excluded) = _recognition.projectTermsOf(WUHAN, PROJECT);
        _assertTerms(found, Terms(0, 0, 0, 0));
    }

    // ---------------------------------------------------------------- guard

    function test_everything__but_through_the_desk__reverts() public {
        vm.stopPrank();
        bytes[7] memory calls = [
            abi.encodeCall(IRecognition.recogniseMethodology, (WUHAN, METHOD, DOCUMENT)),
            abi.encodeCall(IRecognition.withdrawMethodology, (WUHAN, METHOD, REASON)),
            abi.encodeCall(IRecognition.setTerms, (WUHAN, SHANGHAI, METHOD, _terms(0))),
            abi.encodeCall(IRecognition.withdrawTerms, (WUHAN, SHANGHAI, METHOD, REASON)),
            abi.encodeCall(IRecognition.setProjectTerms, (WUHAN, PROJECT, _terms(0))),
            abi.encodeCall(IRecognition.excludeProject, (WUHAN, PROJECT, REASON)),
            abi.encodeCall(IRecognition.withdrawProjectTerms, (WUHAN, PROJECT, REASON))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            vm.prank(admin);
            (bool done, bytes memory answer) = address(_recognition).call(calls[i]);
            assertTrue(!done, "refused");
            bytes memory expected = abi.encodeWithSelector(IDeskGuarded.NotThroughDesk.selector, admin);
            assertEq(keccak256(answer), keccak256(expected), "by the guard");
        }
    }

    // -------------------------------------------------------------- helpers

    function _terms(uint16 discountBps) private view returns (Terms memory) {
        return Terms(discountBps, 1_000_000, uint40(block.timestamp), uint40(block.timestamp + 1 days));
    }

    function _assertTerms(Terms memory actual, Terms memory expected) private pure {
        assertEq(keccak256(abi.encode(actual)), keccak256(abi.encode(expected)), "terms");
    }

    function _expectField(bytes32 field) private {
        vm.expectRevert(abi.encodeWithSelector(IRecognition.InvalidField.selector, field));
    }

    function _expectUnknown(uint32 jurisdiction) private {
        vm.expectRevert(abi.encodeWithSelector(IRecognition.UnknownJurisdiction.selector, jurisdiction));
    }

    function _expectUnchanged() private {
        vm.expectRevert(abi.encodeWithSelector(IRecognition.RecognitionUnchanged.selector, WUHAN));
    }
}
