// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {IAuthority, Role} from "./IAuthority.sol";
import {IDesk, Policy, PolicyEntry, Request, RequestStatus} from "./IDesk.sol";

/// @title Lets nothing privileged happen but by two persons: one proposes, the public sees it, another approves.
/// @notice See IDesk.
contract Desk is IDesk {
    /// @dev A selector and the jurisdiction's word.
    uint256 internal constant CALL_BYTES_MIN = 36;
    uint256 internal constant SELECTOR_BYTES = 4;
    uint32 internal constant NETWORK = 0;
    /// @dev A call that was published years ago must not come alive.
    uint32 internal constant EXPIRY_SECONDS_MAX = 365 days;

    IAuthority public immutable AUTHORITY;
    address private immutable DEPLOYER;

    bool private _wired;
    /// @inheritdoc IDesk
    uint256 public requestCount;
    /// @dev An `expirySeconds` of 0 means that there is no policy.
    mapping(uint32 jurisdiction => mapping(address target => mapping(bytes4 selector => Policy))) private _policies;
    mapping(uint256 requestId => Request) private _requests;

    /// @dev Warning: the Authority cannot be changed.
    constructor(IAuthority authority_) {
        AUTHORITY = authority_;
        DEPLOYER = msg.sender;
    }

    /// @inheritdoc IDesk
    function wire(PolicyEntry[] calldata entries) external {
        if (msg.sender != DEPLOYER || _wired || entries.length == 0) revert NotWirable(msg.sender);
        _wired = true;
        for (uint256 i = 0; i < entries.length; ++i) {
            PolicyEntry calldata entry = entries[i];
            _setPolicy(entry.jurisdiction, entry.target, entry.selector, entry.policy);
        }
    }

    /// @inheritdoc IDesk
    function setPolicy(uint32 jurisdiction, address target, bytes4 selector, Policy calldata policy) external {
        if (msg.sender != address(this)) revert NotThroughDesk(msg.sender);
        _setPolicy(jurisdiction, target, selector, policy);
    }

    /// @inheritdoc IDesk
    function propose(address target, bytes calldata data) external returns (uint256 requestId) {
        uint32 jurisdiction = _jurisdictionOf(data);
        if (!AUTHORITY.isOpen(jurisdiction)) revert UnknownJurisdiction(jurisdiction);
        Policy memory policy = policyOf(jurisdiction, target, bytes4(data));
        _requireRole(jurisdiction, policy.maker, msg.sender);

        requestId = ++requestCount;
        // A block's time fits 40 bits until the year 36812.
        uint40 proposedAt = uint40(block.timestamp);
        _requests[requestId] = Request({
            callHash: _hashOf(target, data),
            maker: msg.sender,
            jurisdiction: jurisdiction,
            proposedAt: proposedAt,
            status: RequestStatus.Proposed,
            noticeSeconds: policy.noticeSeconds,
            expirySeconds: policy.expirySeconds,
            checker: policy.checker,
            makerRole: policy.maker
        });
        emit Proposed(
            requestId,
            jurisdiction,
            msg.sender,
            target,
            data,
            proposedAt + policy.noticeSeconds,
            proposedAt + policy.expirySeconds
        );
    }

    /// @inheritdoc IDesk
    function approve(uint256 requestId, address target, bytes calldata data) external {
        Request memory request = _requireDecidable(requestId);
        uint40 approvableAt = request.proposedAt + request.noticeSeconds;
        if (block.timestamp < approvableAt) revert NoticeRunning(requestId, approvableAt, uint40(block.timestamp));
        bytes32 givenHash = _hashOf(target, data);
        if (givenHash != request.callHash) revert CallChanged(requestId, request.callHash, givenHash);
        _requireRole(request.jurisdiction, request.makerRole, request.maker);

        // Decided before the call, so that nothing the call does can have the request executed again.
        _requests[requestId].status = RequestStatus.Executed;
        emit Executed(requestId, msg.sender);
        Address.functionCall(target, data);
    }

    /// @inheritdoc IDesk
    function reject(uint256 requestId, bytes32 reasonHash) external {
        _requireDecidable(requestId);
        _requests[requestId].status = RequestStatus.Rejected;
        emit Rejected(requestId, msg.sender, reasonHash);
    }

    /// @inheritdoc IDesk
    function withdraw(uint256 requestId) external {
        Request memory request = _requireOpen(requestId);
        if (msg.sender != request.maker) revert NotMaker(requestId, msg.sender);
        _requests[requestId].status = RequestStatus.Withdrawn;
        emit Withdrawn(requestId, msg.sender);
    }

    /// @inheritdoc IDesk
    function requestOf(uint256 requestId) public view returns (Request memory request) {
        request = _requests[requestId];
        if (request.status == RequestStatus.None) revert UnknownRequest(requestId);
        bool lapsed = block.timestamp >= uint256(request.proposedAt) + request.expirySeconds;
        if (request.status == RequestStatus.Proposed && lapsed) request.status = RequestStatus.Expired;
    }

    /// @inheritdoc IDesk
    function policyOf(uint32 jurisdiction, address target, bytes4 selector) public view returns (Policy memory policy) {
        Policy memory networks = _policies[NETWORK][target][selector];
        policy = _policies[jurisdiction][target][selector];
        if (policy.expirySeconds == 0) policy = networks;
        if (policy.expirySeconds == 0) revert NoPolicy(jurisdiction, target, selector);
        if (policy.noticeSeconds < networks.noticeSeconds) {
            policy.noticeSeconds = networks.noticeSeconds;
            if (policy.expirySeconds < networks.expirySeconds) policy.expirySeconds = networks.expirySeconds;
        }
    }

    function _setPolicy(uint32 jurisdiction, address target, bytes4 selector, Policy calldata policy) private {
        if (!AUTHORITY.isOpen(jurisdiction)) revert UnknownJurisdiction(jurisdiction);
        bool rolesDecide = _mayDecide(policy.maker) && _mayDecide(policy.checker) && policy.maker != policy.checker;
        bool timesFit = policy.expirySeconds > policy.noticeSeconds && policy.expirySeconds <= EXPIRY_SECONDS_MAX;
        if (target.code.length == 0 || !rolesDecide || !timesFit) revert InvalidPolicy(target, selector);
        Policy storage stored = _policies[jurisdiction][target][selector];
        if (_equal(stored, policy)) revert PolicyUnchanged(jurisdiction, target, selector);
        _policies[jurisdiction][target][selector] = policy;
        emit PolicySet(jurisdiction, target, selector, policy);
    }

    function _requireOpen(uint256 requestId) private view returns (Request memory request) {
        request = requestOf(requestId);
        if (request.status != RequestStatus.Proposed) revert NotOpen(requestId, request.status);
    }

    /// @dev Checked here alone for the whole network: who decides is not who proposed, whatever roles the policy names.
    function _requireDecidable(uint256 requestId) private view returns (Request memory request) {
        request = _requireOpen(requestId);
        if (msg.sender == request.maker) revert CheckerIsMaker(requestId, msg.sender);
        _requireRole(request.jurisdiction, request.checker, msg.sender);
    }

    function _requireRole(uint32 jurisdiction, Role role, address member) private view {
        if (!AUTHORITY.holds(jurisdiction, role, member)) revert RoleMissing(jurisdiction, role, member);
    }

    function _jurisdictionOf(bytes calldata data) private pure returns (uint32) {
        if (data.length < CALL_BYTES_MIN) revert CallTooShort(data.length);
        uint256 word = uint256(bytes32(data[SELECTOR_BYTES:CALL_BYTES_MIN]));
        if (word > type(uint32).max) revert JurisdictionTooLarge(word);
        return uint32(word);
    }

    function _hashOf(address target, bytes calldata data) private pure returns (bytes32) {
        return keccak256(abi.encode(target, data));
    }

    /// @dev An Auditor changes nothing, and the roles from Retirer on are no persons'.
    function _mayDecide(Role role) private pure returns (bool) {
        return role != Role.None && role < Role.Auditor;
    }

    function _equal(Policy storage stored, Policy calldata given) private view returns (bool) {
        return stored.maker == given.maker && stored.checker == given.checker && stored.noticeSeconds == given.noticeSeconds
            && stored.expirySeconds == given.expirySeconds;
    }
}
