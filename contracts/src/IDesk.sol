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
    /// Positive opinions of the jurisdiction's EXPERTs that an approval needs, 0 to 20.
    uint8 experts;
}

/// @notice A policy with the function it is for; `jurisdiction` 0 is the rule of the network, any other code overrides it there, but
/// never with a shorter notice or fewer experts: see `policyOf`.
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
    /// By a checker, or by a REGULATOR who upheld an objection.
    Rejected,
    /// Taken back by its maker.
    Withdrawn,
    /// Nobody decided in time.
    Expired
}

enum ObjectionStatus {
    None,
    /// Blocks the approval until a REGULATOR rules.
    Open,
    /// Found to be without ground; blocks no longer.
    Dismissed,
    /// Found right: the request was rejected.
    Upheld
}

/// @notice What one person did about a request beside proposing and deciding it. Nobody does two of these.
enum Part {
    None,
    PositiveOpinion,
    NegativeOpinion,
    Ruling
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
    /// Positive opinions that an approval needs, and those given.
    uint8 experts;
    uint8 positiveOpinions;
    /// Objections on which no REGULATOR has ruled yet.
    uint32 openObjections;
}

/// @title The desk where two persons decide every privileged change.
/// @notice Every function that the Desk guards takes the jurisdiction as its first argument. A maker of that jurisdiction
/// proposes the exact call, it is public for the notice period, then another person holding the checker role approves and
/// the call is executed in the same transaction, or rejects it. What is executed is exactly what was published.
/// A function without a policy cannot be called at all.
///
/// Objections (异议): while the notice runs, any agent of an open account, of whatever jurisdiction, may object for the account;
/// an AUDITOR of the request's jurisdiction may until it is decided. An objection blocks the approval until a REGULATOR of
/// the jurisdiction dismisses it; upheld, it ends the request. Where there is no REGULATOR nobody could ever rule, so
/// objections are not taken there: else one agent could stop a jurisdiction for ever.
///
/// Opinions (专家意见): where the policy asks for them, so many EXPERTs of the jurisdiction must have given a positive one.
/// Negative ones are public and count for the checker's judgement alone.
///
/// Persons: who proposed, who gave an opinion, who ruled and who decided are all different people.
interface IDesk is IDeskGuarded {
    event PolicySet(uint32 indexed jurisdiction, address indexed target, bytes4 indexed selector, Policy policy);
    /// @notice `policy` is the one that applies to this request, whatever is set later.
    event Proposed(
        uint256 indexed requestId,
        uint32 indexed jurisdiction,
        address indexed maker,
        address target,
        bytes data,
        uint40 approvableAt,
        uint40 expiresAt,
        Policy policy
    );
    event Executed(uint256 indexed requestId, address indexed checker);
    /// @notice `checker` is the REGULATOR where an objection was upheld.
    event Rejected(uint256 indexed requestId, address indexed checker, bytes32 reasonHash);
    event Withdrawn(uint256 indexed requestId, address indexed maker);
    /// @notice `objector` is the account, or the AUDITOR itself; `by` the person.
    event Objected(uint256 indexed requestId, address indexed objector, address indexed by, bytes32 evidenceHash);
    event Ruled(
        uint256 indexed requestId, address indexed objector, address indexed regulator, bool upheld, bytes32 reasonHash
    );
    event OpinionGiven(uint256 indexed requestId, address indexed expert, bool positive, bytes32 opinionHash);

    /// @notice `wire` was called by another than the deployer, after the first time, without entries or without accounts.
    error NotWirable(address caller);
    /// @notice Neither the jurisdiction nor the network has a policy for this function.
    error NoPolicy(uint32 jurisdiction, address target, bytes4 selector);
    /// @notice The policy is not usable: the target is no contract, a role is missing or may not decide (Auditor, or a role of
    /// contracts), both roles are the same, it expires before its notice ends or after more than 365 days, or asks for more
    /// than 20 experts.
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

    /// @notice A REGULATOR must rule on this many objections first.
    error ObjectionOpen(uint256 requestId, uint32 objections);
    /// @notice The policy asks for more positive opinions than were given.
    error OpinionsMissing(uint256 requestId, uint8 given, uint8 needed);
    /// @notice The caller gave an opinion or ruled on the request, so somebody else has to do this.
    error TookPart(uint256 requestId, address caller, Part part);
    /// @notice The maker neither gives an opinion on the own request nor rules on objections to it.
    error MakerTakesPart(uint256 requestId, address caller);
    /// @notice The policy of the request asks for no opinions.
    error OpinionsNotAsked(uint256 requestId);
    /// @notice Reason, evidence and opinion are named by their hash, which is never 0.
    error HashMissing(uint256 requestId);
    /// @notice Accounts object while the notice runs.
    error NoticeOver(uint256 requestId, uint40 approvableAt, uint40 currentTime);
    /// @notice An account or AUDITOR objects to a request once.
    error AlreadyObjected(uint256 requestId, address objector);
    /// @notice There is no such objection, or a REGULATOR has ruled on it.
    error NoOpenObjection(uint256 requestId, address objector);
    /// @notice The jurisdiction has no REGULATOR who could rule.
    error NoRegulator(uint32 jurisdiction);
    /// @notice The account is not open. `status` is the number of IAccounts' AccountStatus.
    error AccountNotOpen(address account, uint8 status);
    /// @notice The caller is no agent of the account.
    error NotAgent(address account, address caller);

    /// @notice Sets the first policies and names the accounts whose agents may object, once, by the deployer, in the deployment.
    function wire(PolicyEntry[] calldata entries, address accounts) external;

    /// @notice Sets or replaces a policy. Through the Desk itself: `jurisdiction` 0 for the network's rules. A policy is never
    /// removed: a function that once had one stays decidable. A jurisdiction may name other roles than the network, a longer
    /// notice and more experts; of a shorter one and of fewer the network's apply.
    function setPolicy(uint32 jurisdiction, address target, bytes4 selector, Policy calldata policy) external;

    /// @notice Proposes a call. The first argument inside `data` is the jurisdiction. What the policy says of notice, expiry,
    /// experts and both roles is stored with the request: a later policy does not change it.
    function propose(address target, bytes calldata data) external returns (uint256 requestId);

    /// @notice Approves a request after its notice, with no objection open and the opinions that were asked for, and executes it now. A revert of the call reverts the approval, with the
    /// call's own error. The maker must still hold the role in which it proposed: who left the office leaves no calls behind.
    /// @dev Warning: what the call does may not be undoable.
    /// @param data The call as proposed; its hash is compared.
    function approve(uint256 requestId, address target, bytes calldata data) external;

    /// @notice Rejects a request, at any time before it is decided, with or without open objections.
    /// @param reasonHash SHA-256 of the reason's text, which is published.
    function reject(uint256 requestId, bytes32 reasonHash) external;

    /// @notice Takes a request back, by its maker.
    function withdraw(uint256 requestId) external;

    /// @notice Objects to a request: for an open account by any of its agents while the notice runs, or, with `account` 0, by an
    /// AUDITOR of the jurisdiction until it is decided.
    function object(uint256 requestId, address account, bytes32 evidenceHash) external;
    /// @notice Rules on an objection, by one REGULATOR of the jurisdiction who neither proposed the request nor gave an opinion.
    /// @dev Warning: upheld, the request is rejected for good.
    /// @param objector The account, or the AUDITOR who objected itself.
    function rule(uint256 requestId, address objector, bool upheld, bytes32 reasonHash) external;
    /// @notice Gives an opinion, by one EXPERT of the jurisdiction, once. It stays when the expert leaves the office later.
    function opine(uint256 requestId, bool positive, bytes32 opinionHash) external;

    /// @notice The request with `status` as of now (Expired is derived from the time). Reverts with UnknownRequest.
    function requestOf(uint256 requestId) external view returns (Request memory);
    /// @notice The policy that applies: the jurisdiction's own, else the network's. Reverts with NoPolicy. An own policy is never laxer in
    /// time: where the network's notice is longer it applies, with the longer of both expiries, so that there is always time to
    /// decide. Nor does it ask fewer experts. The roles are the own policy's.
    function policyOf(uint32 jurisdiction, address target, bytes4 selector) external view returns (Policy memory);
    /// @notice How an objection stands. `objector` is the account, or the AUDITOR itself.
    function objectionOf(uint256 requestId, address objector) external view returns (ObjectionStatus);
    /// @notice What a person did about a request: an opinion or rulings.
    function partOf(uint256 requestId, address person) external view returns (Part);
    /// @notice The accounts whose agents may object, the zero address until it is wired.
    function accounts() external view returns (address);
    /// @notice Requests are numbered 1 to this.
    function requestCount() external view returns (uint256);
}
