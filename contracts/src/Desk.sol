// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAccessControlEnumerable} from "@openzeppelin/contracts/access/extensions/IAccessControlEnumerable.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";

import {AccountStatus, IAccounts} from "./IAccounts.sol";
import {IAuthority, Role} from "./IAuthority.sol";
import {IDesk, ObjectionStatus, Part, Policy, PolicyEntry, Request, RequestStatus} from "./IDesk.sol";

/// @title Lets nothing privileged happen but by two persons: one proposes, the public sees it, another approves.
/// @notice See IDesk.
contract Desk is IDesk {
    /// @dev A selector and the jurisdiction's word.
    uint256 internal constant CALL_BYTES_MIN = 36;
    uint256 internal constant SELECTOR_BYTES = 4;
    uint32 internal constant NETWORK = 0;
    /// @dev A call that was published years ago must not come alive.
    uint32 internal constant EXPIRY_SECONDS_MAX = 365 days;
    uint8 internal constant EXPERTS_MAX = 20;

    IAuthority public immutable AUTHORITY;
    address private immutable DEPLOYER;

    /// @inheritdoc IDesk
    address public accounts;
    /// @inheritdoc IDesk
    uint256 public requestCount;
    /// @dev An `expirySeconds` of 0 means that there is no policy.
    mapping(uint32 jurisdiction => mapping(address target => mapping(bytes4 selector => Policy))) private _policies;
    mapping(uint256 requestId => Request) private _requests;
    /// @inheritdoc IDesk
    mapping(uint256 requestId => mapping(address objector => ObjectionStatus)) public objectionOf;
    /// @inheritdoc IDesk
    mapping(uint256 requestId => mapping(address person => Part)) public partOf;

    /// @dev Warning: the Authority cannot be changed.
    constructor(IAuthority authority_) {
        AUTHORITY = authority_;
        DEPLOYER = msg.sender;
    }

    /// @inheritdoc IDesk
    function wire(PolicyEntry[] calldata entries, address accounts_) external {
        bool isWired = accounts != address(0);
        if (msg.sender != DEPLOYER || isWired || entries.length == 0 || accounts_ == address(0)) revert NotWirable(msg.sender);
        accounts = accounts_;
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
            makerRole: policy.maker,
            experts: policy.experts,
            positiveOpinions: 0,
            openObjections: 0
        });
        emit Proposed(
            requestId,
            jurisdiction,
            msg.sender,
            target,
            data,
            proposedAt + policy.noticeSeconds,
            proposedAt + policy.expirySeconds,
            policy
        );
    }

    /// @inheritdoc IDesk
    function approve(uint256 requestId, address target, bytes calldata data) external {
        Request memory request = _requireDecidable(requestId);
        uint40 approvableAt = _approvableAt(request);
        if (block.timestamp < approvableAt) revert NoticeRunning(requestId, approvableAt, uint40(block.timestamp));
        if (request.openObjections != 0) revert ObjectionOpen(requestId, request.openObjections);
        if (request.positiveOpinions < request.experts) {
            revert OpinionsMissing(requestId, request.positiveOpinions, request.experts);
        }
        bytes32 givenHash = _hashOf(target, data);
        if (givenHash != request.callHash) revert CallChanged(requestId, request.callHash, givenHash);
        _requireRole(request.jurisdiction, request.makerRole, request.maker);

        // Decided before the call, so that nothing the call does can have the request executed again.
        _requests[requestId].status = RequestStatus.Executed;
        emit Executed(requestId, msg.sender);
        // What the call answers is for nobody; a refusal comes back as its own error.
        // slither-disable-next-line unused-return
        Address.functionCall(target, data);
    }

    /// @inheritdoc IDesk
    function reject(uint256 requestId, bytes32 reasonHash) external {
        _requireDecidable(requestId);
        if (reasonHash == bytes32(0)) revert HashMissing(requestId);
        _reject(requestId, reasonHash);
    }

    /// @inheritdoc IDesk
    function withdraw(uint256 requestId) external {
        Request memory request = _requireOpen(requestId);
        if (msg.sender != request.maker) revert NotMaker(requestId, msg.sender);
        _requests[requestId].status = RequestStatus.Withdrawn;
        emit Withdrawn(requestId, msg.sender);
    }

    /// @inheritdoc IDesk
    function object(uint256 requestId, address account, bytes32 evidenceHash) external {
        Request memory request = _requireOpen(requestId);
        address objector = account == address(0) ? msg.sender : account;
        if (account == address(0)) _requireRole(request.jurisdiction, Role.Auditor, msg.sender);
        else _requireAccountMayObject(requestId, request, account);
        if (evidenceHash == bytes32(0)) revert HashMissing(requestId);
        if (objectionOf[requestId][objector] != ObjectionStatus.None) revert AlreadyObjected(requestId, objector);
        bytes32 regulators = AUTHORITY.roleId(request.jurisdiction, Role.Regulator);
        // Zero means none here; it is no amount that somebody could nudge.
        // slither-disable-next-line incorrect-equality
        if (IAccessControlEnumerable(address(AUTHORITY)).getRoleMemberCount(regulators) == 0) {
            revert NoRegulator(request.jurisdiction);
        }
        objectionOf[requestId][objector] = ObjectionStatus.Open;
        _requests[requestId].openObjections = request.openObjections + 1;
        emit Objected(requestId, objector, msg.sender, evidenceHash);
    }

    /// @inheritdoc IDesk
    function rule(uint256 requestId, address objector, bool upheld, bytes32 reasonHash) external {
        Request memory request = _requireOpen(requestId);
        _requireRole(request.jurisdiction, Role.Regulator, msg.sender);
        Part part = _requireNoOtherPart(requestId, request.maker, Part.Ruling);
        if (reasonHash == bytes32(0)) revert HashMissing(requestId);
        if (objectionOf[requestId][objector] != ObjectionStatus.Open) revert NoOpenObjection(requestId, objector);
        if (part == Part.None) partOf[requestId][msg.sender] = Part.Ruling;
        objectionOf[requestId][objector] = upheld ? ObjectionStatus.Upheld : ObjectionStatus.Dismissed;
        _requests[requestId].openObjections = request.openObjections - 1;
        emit Ruled(requestId, objector, msg.sender, upheld, reasonHash);
        if (upheld) _reject(requestId, reasonHash);
    }

    /// @inheritdoc IDesk
    function opine(uint256 requestId, bool positive, bytes32 opinionHash) external {
        Request memory request = _requireOpen(requestId);
        // Zero means none here; it is no amount that somebody could nudge.
        // slither-disable-next-line incorrect-equality
        if (request.experts == 0) revert OpinionsNotAsked(requestId);
        _requireRole(request.jurisdiction, Role.Expert, msg.sender);
        _requireNoOtherPart(requestId, request.maker, Part.None);
        if (opinionHash == bytes32(0)) revert HashMissing(requestId);
        partOf[requestId][msg.sender] = positive ? Part.PositiveOpinion : Part.NegativeOpinion;
        // More than are needed are welcome and not counted, so that the counter cannot overflow.
        bool counts = positive && request.positiveOpinions < request.experts;
        if (counts) _requests[requestId].positiveOpinions = request.positiveOpinions + 1;
        emit OpinionGiven(requestId, msg.sender, positive, opinionHash);
    }

    /// @inheritdoc IDesk
    function requestOf(uint256 requestId) public view returns (Request memory request) {
        request = _requests[requestId];
        // A status is one of a few values, no amount that somebody could nudge.
        // slither-disable-next-line incorrect-equality
        if (request.status == RequestStatus.None) revert UnknownRequest(requestId);
        bool lapsed = block.timestamp >= uint256(request.proposedAt) + request.expirySeconds;
        // A status is one of a few values, no amount that somebody could nudge.
        // slither-disable-next-line incorrect-equality
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
        if (policy.experts < networks.experts) policy.experts = networks.experts;
    }

    function _setPolicy(uint32 jurisdiction, address target, bytes4 selector, Policy calldata policy) private {
        if (!AUTHORITY.isOpen(jurisdiction)) revert UnknownJurisdiction(jurisdiction);
        bool rolesDecide = _mayDecide(policy.maker) && _mayDecide(policy.checker) && policy.maker != policy.checker;
        bool timesFit = policy.expirySeconds > policy.noticeSeconds && policy.expirySeconds <= EXPIRY_SECONDS_MAX;
        if (target.code.length == 0 || !rolesDecide || !timesFit || policy.experts > EXPERTS_MAX) {
            revert InvalidPolicy(target, selector);
        }
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
        _requireNoOtherPart(requestId, request.maker, Part.None);
    }

    /// @dev Whether the caller's part is none so far, or `repeatable`. The maker has none.
    function _requireNoOtherPart(uint256 requestId, address maker, Part repeatable) private view returns (Part part) {
        if (msg.sender == maker) revert MakerTakesPart(requestId, msg.sender);
        part = partOf[requestId][msg.sender];
        if (part != Part.None && part != repeatable) revert TookPart(requestId, msg.sender, part);
    }

    /// @dev Requests exist only with policies, and those only with `accounts`.
    function _requireAccountMayObject(uint256 requestId, Request memory request, address account) private view {
        uint40 approvableAt = _approvableAt(request);
        if (block.timestamp >= approvableAt) revert NoticeOver(requestId, approvableAt, uint40(block.timestamp));
        AccountStatus status = IAccounts(accounts).statusOf(account);
        if (status != AccountStatus.Open) revert AccountNotOpen(account, uint8(status));
        if (IAccounts(accounts).rightsOf(account, msg.sender) == 0) revert NotAgent(account, msg.sender);
    }

    function _reject(uint256 requestId, bytes32 reasonHash) private {
        _requests[requestId].status = RequestStatus.Rejected;
        emit Rejected(requestId, msg.sender, reasonHash);
    }

    function _approvableAt(Request memory request) private pure returns (uint40) {
        return request.proposedAt + request.noticeSeconds;
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
        return role > Role.None && role < Role.Auditor;
    }

    function _equal(Policy storage stored, Policy calldata given) private view returns (bool) {
        return stored.maker == given.maker && stored.checker == given.checker && stored.noticeSeconds == given.noticeSeconds
            && stored.expirySeconds == given.expirySeconds && stored.experts == given.experts;
    }
}
