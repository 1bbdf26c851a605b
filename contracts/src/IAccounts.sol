// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IDeskGuarded} from "./IDeskGuarded.sol";

enum AccountKind {
    None,
    /// Compliance enterprise (控排企业) or any other company.
    Enterprise,
    /// Runs projects and packs the acts of its users.
    Platform,
    Institution,
    Government,
    /// Holds the buffer share of issues.
    Buffer
}

/// @dev Later statuses are stricter.
enum AccountStatus {
    None,
    Open,
    /// Receives and retires, transfers nothing out.
    Restricted,
    /// Neither sends nor receives nor retires.
    Frozen,
    /// Ended. Only an empty account closes.
    Closed
}

/// @notice An account, the first slot of it what a transfer needs.
struct Account {
    uint32 jurisdiction;
    uint64 number;
    AccountKind kind;
    /// In answers the status in effect now: Frozen while an emergency freeze runs.
    AccountStatus status;
    uint40 openedAt;
    /// When the last emergency freeze ends or ended; 0 without one, and after the Desk froze the account itself.
    uint40 frozenUntil;
    /// A sum of DUAL_CONTROL 1 and CONFIRMS_RECEIPTS 2.
    uint8 flags;
    bytes32 identityCommitment;
}

/// @notice An agent's word that another agent of the account may make one certain call, once, until `validUntil`.
struct Consent {
    address agent;
    uint40 validUntil;
}

/// @notice An agent (经办人) and its rights, a sum of INITIATE 1, APPROVE 2, READ 4.
struct AgentRights {
    address agent;
    uint8 rights;
}

/// @title The registry accounts.
/// @notice An account is an address without a key, derived from jurisdiction and number; people act as agents of it, so keys
/// rotate and staff change without moving a credit. Only a salted commitment of the holder's identity is on chain.
/// An account under dual control does nothing by one agent: what one initiates, another consented to before, byte for byte. A
/// freeze by one REGULATOR is an emergency: it ends by itself unless the Desk confirms it, and the next one has to wait.
interface IAccounts is IDeskGuarded {
    event AccountOpened(
        address indexed account, uint32 indexed jurisdiction, uint64 number, AccountKind kind, bytes32 identityCommitment
    );
    /// @notice The rights of an agent are now `rights`; 0 removes it.
    event AgentSet(address indexed account, address indexed agent, uint8 rights);
    /// @notice The status in effect changed. `frozenUntil` is 0 unless this is an emergency freeze: at that time, without a further
    /// event, the account is what it was before. Any other change ends an emergency freeze.
    event StatusChanged(
        address indexed account,
        AccountStatus previousStatus,
        AccountStatus status,
        uint40 frozenUntil,
        bytes32 reasonHash,
        address by
    );
    event FlagsSet(address indexed account, uint8 flags);
    /// @notice `callHash` is keccak256(abi.encode(target, keccak256(data))). A later consent to the same call takes the place of this.
    event ConsentGiven(
        address indexed account, address indexed agent, bytes32 indexed callHash, address target, bytes data, uint40 validUntil
    );
    event ConsentRevoked(address indexed account, bytes32 indexed callHash, address by);
    /// @notice The call was made by `agent`, and the consent is gone.
    event ConsentUsed(address indexed account, bytes32 indexed callHash, address consenting, address agent);

    error UnknownAccount(address account);
    error AccountExists(address account);
    /// @notice The account belongs to another jurisdiction than the one that decides.
    error WrongJurisdiction(address account, uint32 accountJurisdiction, uint32 jurisdiction);
    error InvalidKind();
    error InvalidCommitment();
    /// @notice Account numbers begin with 1.
    error InvalidNumber();
    /// @notice Rights are a sum of 1, 2 and 4; the zero address and an account cannot be an agent.
    error InvalidAgent(address agent, uint8 rights);
    error AgentUnchanged(address account, address agent, uint8 rights);
    /// @notice One call sets 1 to 50 agents; an account may open without any.
    error InvalidAgentCount(uint256 agents);
    error StatusUnchanged(address account, AccountStatus status);
    /// @notice An emergency freeze must be able to end.
    error InvalidEmergency(uint40 emergencySeconds);
    /// @notice The last emergency freeze was not confirmed; one person alone freezes again only from `allowedAt`.
    error FrozenRecently(address account, uint40 allowedAt);
    /// @notice Flags are a sum of 1 and 2.
    error InvalidFlags(uint8 flags);
    error FlagsUnchanged(address account, uint8 flags);
    /// @notice The caller is no agent of the account with the right to initiate.
    error NotAgent(address account, address caller);
    /// @notice The caller is no agent of the account with the right to approve.
    error NotApprover(address account, address caller);
    /// @notice The account is under dual control, and no other agent that may approve has consented to this very call.
    error ConsentMissing(address account, address agent, bytes32 callHash);
    error UnknownConsent(address account, bytes32 callHash);
    /// @notice A consent ends after now and within 30 days.
    error InvalidValidity(uint40 validUntil, uint40 now_);
    /// @notice A closed account stays closed; None is no status.
    error InvalidStatus(address account, AccountStatus current, AccountStatus wanted);
    /// @notice The caller lacks the role in that jurisdiction. `role` is the number of IAuthority's Role.
    error RoleMissing(uint32 jurisdiction, uint8 role, address caller);
    /// @notice The jurisdiction was never opened, or is the network council, which has no accounts.
    error UnknownJurisdiction(uint32 jurisdiction);
    /// @notice `wire` was called by another than the deployer, a second time, or with the zero address.
    error NotWirable(address caller);
    /// @notice No ledger was named yet, so nobody can say that the account is empty.
    error LedgerNotWired();
    /// @notice An account that holds credits cannot close. `positions` is the number of batches of which it holds any.
    error AccountNotEmpty(address account, uint64 positions);

    /// @notice Names the ledger that says what an account holds, once, by the deployer, in the deployment.
    function wire(address ledger) external;

    /// @notice Opens an account with its first agents. Through the Desk.
    function openAccount(
        uint32 jurisdiction,
        uint64 number,
        AccountKind kind,
        bytes32 identityCommitment,
        AgentRights[] calldata agents
    ) external;

    /// @notice Sets the rights of agents; 0 removes. Through the Desk.
    function setAgents(uint32 jurisdiction, address account, AgentRights[] calldata agents) external;

    /// @notice Changes the status, also back to Open. Through the Desk. Closing asks the ledger whether the account is empty.
    function setStatus(uint32 jurisdiction, address account, AccountStatus status, bytes32 reasonHash) external;

    /// @notice Sets what the account asks for: DUAL_CONTROL 1, CONFIRMS_RECEIPTS 2. Through the Desk.
    /// @dev Warning: under dual control an account without one agent to initiate and another to approve does nothing at all until it
    /// gets them through `setAgents`.
    function setFlags(uint32 jurisdiction, address account, uint8 flags) external;

    /// @notice Freezes at once, by one REGULATOR of the account's jurisdiction, for `EMERGENCY_SECONDS`. Lifted or made to stay through
    /// `setStatus`. An account that one person froze before can be frozen so again only when as much time has passed since.
    function freeze(address account, bytes32 reasonHash) external;

    /// @notice Lets another agent of the account make one certain call, once. By an agent with the right to approve.
    /// @param target The contract to be called.
    /// @param data The whole call, selector and arguments.
    function consent(address account, address target, bytes calldata data, uint40 validUntil) external;

    /// @notice Takes a consent back, by any agent of the account with the right to approve.
    function revokeConsent(address account, bytes32 callHash) external;

    /// @notice Asked by a contract on whether the agent who called it may act for the account. Reverts unless the agent may initiate and,
    /// under dual control, another agent who may approve consented to this call; the consent is used up by it.
    /// @dev The target of the consent is the asking contract, so nobody else can use it up. Says nothing of the account's status but
    /// answers it, since whoever asks needs both.
    /// @param dataHash keccak256(msg.data) of the call that the agent made.
    function authorise(address account, address agent, bytes32 dataHash)
        external
        returns (AccountStatus status, uint32 jurisdiction);

    /// @notice How long an emergency freeze lasts, and how long the next one has to wait after it.
    function EMERGENCY_SECONDS() external view returns (uint40);
    /// @notice The ledger, the zero address until it is wired.
    function ledger() external view returns (address);
    /// @notice The address of an account, whether open or not.
    function addressOf(uint32 jurisdiction, uint64 number) external view returns (address);
    /// @notice The account, with the status in effect. Reverts with UnknownAccount.
    function accountOf(address account) external view returns (Account memory);
    /// @notice The status in effect, `None` for an address that is no account.
    function statusOf(address account) external view returns (AccountStatus);
    /// @notice What decides about a transfer, for one call's price. Everything is 0 for what is no account or agent.
    function transferFacts(address from, address to, address agent)
        external
        view
        returns (
            AccountStatus fromStatus,
            AccountStatus toStatus,
            uint32 fromJurisdiction,
            uint8 agentRights,
            uint8 fromFlags,
            uint8 toFlags
        );
    /// @notice The consent to a call, all zero where there is none. It counts before `validUntil`, and while its agent may approve.
    function consentOf(address account, bytes32 callHash) external view returns (Consent memory);
    /// @notice keccak256(abi.encode(target, keccak256(data))).
    function callHashOf(address target, bytes calldata data) external pure returns (bytes32);
    /// @notice 0 for an address that is no account.
    function flagsOf(address account) external view returns (uint8);
    /// @notice 0 for an address that is no account.
    function jurisdictionOf(address account) external view returns (uint32);
    /// @notice The sum of an agent's rights, 0 for nobody's agent.
    function rightsOf(address account, address agent) external view returns (uint8);
    /// @notice Whether the agent has the right to initiate. Says nothing of the account's status, nor of dual control.
    function mayInitiate(address account, address agent) external view returns (bool);
}
