// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DeskGuarded} from "./DeskGuarded.sol";
import {Account, AccountKind, AccountStatus, AgentRights, IAccounts} from "./IAccounts.sol";
import {IAuthority, Role} from "./IAuthority.sol";
import {ICredits} from "./ICredits.sol";

/// @title Keeps the registry accounts, their agents and their status.
/// @notice See IAccounts.
contract Accounts is IAccounts, DeskGuarded {
    uint8 internal constant INITIATE = 1;
    /// @dev INITIATE 1 + APPROVE 2 + READ 4.
    uint8 internal constant ALL_RIGHTS = 7;
    uint256 internal constant AGENTS_MAX = 50;
    /// @dev Keeps account addresses apart from every other use of the hash.
    string internal constant ADDRESS_DOMAIN = "puhui.account";

    address private immutable DEPLOYER;

    /// @inheritdoc IAccounts
    address public ledger;
    mapping(address account => Account) private _accounts;
    mapping(address account => mapping(address agent => uint8)) private _rights;

    constructor(IAuthority authority_, address desk_) DeskGuarded(authority_, desk_) {
        DEPLOYER = msg.sender;
    }

    /// @inheritdoc IAccounts
    function wire(address ledger_) external {
        if (msg.sender != DEPLOYER || ledger != address(0) || ledger_ == address(0)) revert NotWirable(msg.sender);
        ledger = ledger_;
    }

    /// @inheritdoc IAccounts
    function openAccount(
        uint32 jurisdiction,
        uint64 number,
        AccountKind kind,
        bytes32 identityCommitment,
        AgentRights[] calldata agents
    ) external throughDesk {
        // The council holds no credits, and 0 is what `jurisdictionOf` answers for an address that is no account.
        if (jurisdiction == 0 || !AUTHORITY.isOpen(jurisdiction)) revert UnknownJurisdiction(jurisdiction);
        if (number == 0) revert InvalidNumber();
        if (kind == AccountKind.None) revert InvalidKind();
        if (identityCommitment == bytes32(0)) revert InvalidCommitment();
        address account = addressOf(jurisdiction, number);
        if (_accounts[account].status != AccountStatus.None) revert AccountExists(account);
        _accounts[account] = Account({
            jurisdiction: jurisdiction,
            number: number,
            kind: kind,
            status: AccountStatus.Open,
            openedAt: uint40(block.timestamp),
            identityCommitment: identityCommitment
        });
        emit AccountOpened(account, jurisdiction, number, kind, identityCommitment);
        _setAgents(account, agents);
    }

    /// @inheritdoc IAccounts
    function setAgents(uint32 jurisdiction, address account, AgentRights[] calldata agents) external throughDesk {
        _requireOwn(account, jurisdiction);
        if (agents.length == 0) revert InvalidAgentCount(0);
        _setAgents(account, agents);
    }

    /// @inheritdoc IAccounts
    function setStatus(uint32 jurisdiction, address account, AccountStatus status, bytes32 reasonHash) external throughDesk {
        _requireOwn(account, jurisdiction);
        if (status == AccountStatus.Closed) _requireEmpty(account);
        _changeStatus(account, status, reasonHash);
    }

    /// @inheritdoc IAccounts
    function freeze(address account, bytes32 reasonHash) external {
        uint32 jurisdiction = accountOf(account).jurisdiction;
        if (!AUTHORITY.holds(jurisdiction, Role.Regulator, msg.sender)) {
            revert RoleMissing(jurisdiction, uint8(Role.Regulator), msg.sender);
        }
        _changeStatus(account, AccountStatus.Frozen, reasonHash);
    }

    /// @inheritdoc IAccounts
    function addressOf(uint32 jurisdiction, uint64 number) public view returns (address) {
        bytes32 hash = keccak256(abi.encode(ADDRESS_DOMAIN, block.chainid, address(this), jurisdiction, number));
        return address(uint160(uint256(hash)));
    }

    /// @inheritdoc IAccounts
    function accountOf(address account) public view returns (Account memory stored) {
        stored = _accounts[account];
        if (stored.status == AccountStatus.None) revert UnknownAccount(account);
    }

    /// @inheritdoc IAccounts
    function statusOf(address account) external view returns (AccountStatus) {
        return _accounts[account].status;
    }

    /// @inheritdoc IAccounts
    function jurisdictionOf(address account) external view returns (uint32) {
        return _accounts[account].jurisdiction;
    }

    /// @inheritdoc IAccounts
    function rightsOf(address account, address agent) external view returns (uint8) {
        return _rights[account][agent];
    }

    /// @inheritdoc IAccounts
    function mayInitiate(address account, address agent) external view returns (bool) {
        return _rights[account][agent] & INITIATE != 0;
    }

    function _setAgents(address account, AgentRights[] calldata agents) private {
        if (agents.length > AGENTS_MAX) revert InvalidAgentCount(agents.length);
        for (uint256 i = 0; i < agents.length; ++i) {
            address agent = agents[i].agent;
            uint8 rights = agents[i].rights;
            bool isAccount = _accounts[agent].status != AccountStatus.None;
            if (agent == address(0) || isAccount || rights > ALL_RIGHTS) revert InvalidAgent(agent, rights);
            if (_rights[account][agent] == rights) revert AgentUnchanged(account, agent, rights);
            _rights[account][agent] = rights;
            emit AgentSet(account, agent, rights);
        }
    }

    function _changeStatus(address account, AccountStatus status, bytes32 reasonHash) private {
        AccountStatus current = _accounts[account].status;
        if (current == status) revert StatusUnchanged(account, status);
        if (current == AccountStatus.Closed || status == AccountStatus.None) revert InvalidStatus(account, current, status);
        _accounts[account].status = status;
        emit StatusChanged(account, current, status, reasonHash, msg.sender);
    }

    function _requireOwn(address account, uint32 jurisdiction) private view {
        uint32 own = accountOf(account).jurisdiction;
        if (own != jurisdiction) revert WrongJurisdiction(account, own, jurisdiction);
    }

    /// @dev Without a ledger nobody can say that the account is empty.
    function _requireEmpty(address account) private view {
        if (ledger == address(0)) revert LedgerNotWired();
        uint256 grams = ICredits(ledger).holdingOf(account);
        if (grams != 0) revert AccountNotEmpty(account, grams);
    }
}
