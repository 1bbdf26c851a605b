// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Role} from "./IAuthority.sol";
import {IDeskGuarded} from "./IDeskGuarded.sol";

/// @notice How one function of one contract is decided: who proposes, who approves, how long the public may object.
struct Policy {
    Role maker;
    Role checker;
    /// Public notice (公示), seconds from the proposal until it may be approved.
    uint32 noticeSeconds;
    /// Seconds from the proposal until it lapses. Always more than `noticeSeconds`, at most 365 days.
    uint32 expirySeconds;
}

/// @notice A policy with the function it is for; `jurisdiction` 0 is the rule of the network, any other code overrides it there, but
/// never with a shorter notice: see `policyOf`.
struct PolicyEntry {
    uint32 jurisdiction;
    address target;
    bytes4 selector;
    Policy policy;
}

enum RequestStatus {
    None,
    /// Waiting for its notice to end and for a checker.
    Proposed,
    /// Approved and carried out, in one transaction.
    Executed,
    Rejected,
    /// Taken back by its maker.
    Withdrawn,
    /// Nobody decided in time.
    Expired
}

/// @notice A request as stored. The call itself is in the event `Proposed`; only its hash is kept here.
struct Request {
    bytes32 callHash;
    address maker;
    uint32 jurisdiction;
    uint40 proposedAt;
    RequestStatus status;
    uint32 noticeSeconds;
    uint32 expirySeconds;
    Role checker;
    /// The role in which it was proposed.
    Role makerRole;
}

/// @title The desk where two persons decide every privileged change.
/// @notice Every function that the Desk guards takes the jurisdiction as its first argument. A maker of that jurisdiction
/// proposes the exact call, it is public for the notice period, then another person holding the checker role approves and
/// the call is executed in the same transaction, or rejects it. What is executed is exactly what was published.
/// A function without a policy cannot be called at all.
interface IDesk is IDeskGuarded {
    event PolicySet(uint32 indexed jurisdiction, address indexed target, bytes4 indexed selector, Policy policy);
    event Proposed(
        uint256 indexed requestId,
        uint32 indexed jurisdiction,
        address indexed maker,
        address target,
        bytes data,
        uint40 approvableAt,
        uint40 expiresAt
    );
    event Executed(uint256 indexed requestId, address indexed checker);
    event Rejected(uint256 indexed requestId, address indexed checker, bytes32 reasonHash);
    event Withdrawn(uint256 indexed requestId, address indexed maker);

    /// @notice `wire` was called by another than the deployer, after the first time, or without entries.
    error NotWirable(address caller);
    /// @notice Neither the jurisdiction nor the network has a policy for this function.
    error NoPolicy(uint32 jurisdiction, address target, bytes4 selector);
    /// @notice The policy is not usable: the target is no contract, a role is missing or may not decide (Auditor, Module), both
    /// roles are the same, it expires before its notice ends, or after more than 365 days.
    error InvalidPolicy(address target, bytes4 selector);
    /// @notice The jurisdiction has this very policy already.
    error PolicyUnchanged(uint32 jurisdiction, address target, bytes4 selector);
    /// @notice The jurisdiction was never opened.
    error UnknownJurisdiction(uint32 jurisdiction);
    /// @notice The first argument of the call is no jurisdiction: it has more than 32 bits.
    error JurisdictionTooLarge(uint256 word);
    /// @notice The call data is shorter than a selector and a jurisdiction.
    error CallTooShort(uint256 length);
    /// @notice The caller does not hold the role that the policy asks for; or the maker no longer holds the role in which it proposed,
    /// and `caller` is the maker.
    error RoleMissing(uint32 jurisdiction, Role role, address caller);
    /// @notice The one who proposed cannot approve or reject.
    error CheckerIsMaker(uint256 requestId, address caller);
    /// @notice Only the maker can withdraw.
    error NotMaker(uint256 requestId, address caller);
    error UnknownRequest(uint256 requestId);
    /// @notice The request was decided, or has lapsed.
    error NotOpen(uint256 requestId, RequestStatus status);
    /// @notice The public notice is still running.
    error NoticeRunning(uint256 requestId, uint40 approvableAt, uint40 currentTime);
    /// @notice The call handed in is not the one that was proposed.
    error CallChanged(uint256 requestId, bytes32 proposedHash, bytes32 givenHash);

    /// @notice Sets the first policies, once, by the deployer, in the deployment.
    function wire(PolicyEntry[] calldata entries) external;

    /// @notice Sets or replaces a policy. Through the Desk itself: `jurisdiction` 0 for the network's rules. A policy is never
    /// removed: a function that once had one stays decidable. A jurisdiction may name other roles than the network and a longer
    /// notice; of a shorter one the network's applies.
    function setPolicy(uint32 jurisdiction, address target, bytes4 selector, Policy calldata policy) external;

    /// @notice Proposes a call. The first argument inside `data` is the jurisdiction. What the policy says of notice, expiry and
    /// both roles is stored with the request: a later policy does not change it.
    function propose(address target, bytes calldata data) external returns (uint256 requestId);

    /// @notice Approves a request after its notice and executes it now. A revert of the call reverts the approval, with the
    /// call's own error. The maker must still hold the role in which it proposed: who left the office leaves no calls behind.
    /// @dev Warning: what the call does may not be undoable.
    /// @param data The call as proposed; its hash is compared.
    function approve(uint256 requestId, address target, bytes calldata data) external;

    /// @notice Rejects a request, at any time before it is decided.
    function reject(uint256 requestId, bytes32 reasonHash) external;

    /// @notice Takes a request back, by its maker.
    function withdraw(uint256 requestId) external;

    /// @notice The request with `status` as of now (Expired is derived from the time). Reverts with UnknownRequest.
    function requestOf(uint256 requestId) external view returns (Request memory);
    /// @notice The policy that applies: the jurisdiction's own, else the network's. Reverts with NoPolicy. An own policy is never laxer in
    /// time: where the network's notice is longer it applies, with the longer of both expiries, so that there is always time to
    /// decide. The roles are the own policy's.
    function policyOf(uint32 jurisdiction, address target, bytes4 selector) external view returns (Policy memory);
    /// @notice Requests are numbered 1 to this.
    function requestCount() external view returns (uint256);
}
