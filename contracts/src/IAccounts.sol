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

/// @notice An account as stored.
struct Account {
    uint32 jurisdiction;
    uint64 number;
    AccountKind kind;
    AccountStatus status;
    uint40 openedAt;
    bytes32 identityCommitment;
}

/// @notice An agent (经办人) and its rights, a sum of INITIATE 1, APPROVE 2, READ 4.
struct AgentRights {
    address agent;
    uint8 rights;
}

/// @title The registry accounts.
/// @notice An account is an address without a key, derived from jurisdiction and number; people act as agents of it, so keys
/// rotate and staff change without moving a credit. Only a salted commitment of the holder's identity is on chain.
interface IAccounts is IDeskGuarded {
    event AccountOpened(
        address indexed account, uint32 indexed jurisdiction, uint64 number, AccountKind kind, bytes32 identityCommitment
    );
    /// @notice The rights of an agent are now `rights`; 0 removes it.
    event AgentSet(address indexed account, address indexed agent, uint8 rights);
    event StatusChanged(
        address indexed account, AccountStatus previousStatus, AccountStatus status, bytes32 reasonHash, address by
    );

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
    /// @notice An account that holds credits cannot close.
    error AccountNotEmpty(address account, uint256 grams);

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

    /// @notice Freezes at once, by one REGULATOR of the account's jurisdiction. Lifted through `setStatus`.
    function freeze(address account, bytes32 reasonHash) external;

    /// @notice The ledger, the zero address until it is wired.
    function ledger() external view returns (address);
    /// @notice The address of an account, whether open or not.
    function addressOf(uint32 jurisdiction, uint64 number) external view returns (address);
    /// @notice The account. Reverts with UnknownAccount.
    function accountOf(address account) external view returns (Account memory);
    /// @notice `None` for an address that is no account.
    function statusOf(address account) external view returns (AccountStatus);
    /// @notice 0 for an address that is no account.
    function jurisdictionOf(address account) external view returns (uint32);
    /// @notice The sum of an agent's rights, 0 for nobody's agent.
    function rightsOf(address account, address agent) external view returns (uint8);
    /// @notice Whether the agent may move, retire and offset for the account alone. Says nothing of the account's status.
    function mayInitiate(address account, address agent) external view returns (bool);
}
