// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {DeskGuarded} from "./DeskGuarded.sol";
import {Account, AccountKind, AccountStatus, AgentRights, Consent, IAccounts} from "./IAccounts.sol";
import {IAuthority, Role} from "./IAuthority.sol";
import {ICredits} from "./ICredits.sol";

/// @title Keeps the registry accounts, their agents and their status, and says who may act for an account.
/// @notice See IAccounts.
contract Accounts is IAccounts, DeskGuarded {
    uint8 internal constant INITIATE = 1;
    uint8 internal constant APPROVE = 2;
    /// @dev INITIATE 1 + APPROVE 2 + READ 4.
    uint8 internal constant ALL_RIGHTS = 7;
    uint256 internal constant AGENTS_MAX = 50;
    uint8 internal constant DUAL_CONTROL = 1;
    /// @dev DUAL_CONTROL 1 + CONFIRMS_RECEIPTS 2.
    uint8 internal constant ALL_FLAGS = 3;
    uint40 internal constant CONSENT_SECONDS_MAX = 30 days;
    /// @dev Keeps account addresses apart from every other use of the hash.
    string internal constant ADDRESS_DOMAIN = "puhui.account";

    address private immutable DEPLOYER;
    /// @inheritdoc IAccounts
    uint40 public immutable EMERGENCY_SECONDS;

    /// @inheritdoc IAccounts
    address public ledger;
    /// @dev `status` as stored is what the Desk decided; an emergency freeze lies over it until `frozenUntil`.
    mapping(address account => Account) private _accounts;
    mapping(address account => mapping(address agent => uint8)) private _rights;
    mapping(address account => mapping(bytes32 callHash => Consent)) private _consents;

    constructor(IAuthority authority_, address desk_, uint40 emergencySeconds) DeskGuarded(authority_, desk_) {
        if (emergencySeconds == 0) revert InvalidEmergency(emergencySeconds);
        DEPLOYER = msg.sender;
        EMERGENCY_SECONDS = emergencySeconds;
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
            frozenUntil: 0,
            flags: 0,
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
        Account storage stored = _accounts[account];
        AccountStatus current = _effective(stored);
        // Frozen over an emergency freeze is no repetition: it makes the freeze stay.
        if (current == status && stored.status == status) revert StatusUnchanged(account, status);
        if (current == AccountStatus.Closed || status == AccountStatus.None) revert InvalidStatus(account, current, status);
        if (status == AccountStatus.Frozen) stored.frozenUntil = 0;
        // Lifted early: the next emergency freeze waits from now.
        else if (block.timestamp < stored.frozenUntil) stored.frozenUntil = uint40(block.timestamp);
        stored.status = status;
        emit StatusChanged(account, current, status, 0, reasonHash, msg.sender);
    }

    /// @inheritdoc IAccounts
    function setFlags(uint32 jurisdiction, address account, uint8 flags) external throughDesk {
        _requireOwn(account, jurisdiction);
        if (flags > ALL_FLAGS) revert InvalidFlags(flags);
        if (_accounts[account].flags == flags) revert FlagsUnchanged(account, flags);
        _accounts[account].flags = flags;
        emit FlagsSet(account, flags);
    }

    /// @inheritdoc IAccounts
    function freeze(address account, bytes32 reasonHash) external {
        uint32 jurisdiction = accountOf(account).jurisdiction;
        if (!AUTHORITY.holds(jurisdiction, Role.Regulator, msg.sender)) {
            revert RoleMissing(jurisdiction, uint8(Role.Regulator), msg.sender);
        }
        Account storage stored = _accounts[account];
        AccountStatus current = _effective(stored);
        if (current == AccountStatus.Frozen) revert StatusUnchanged(account, current);
        if (current == AccountStatus.Closed) revert InvalidStatus(account, current, AccountStatus.Frozen);
        uint40 allowedAt = stored.frozenUntil == 0 ? 0 : stored.frozenUntil + EMERGENCY_SECONDS;
        if (block.timestamp < allowedAt) revert FrozenRecently(account, allowedAt);
        uint40 frozenUntil = uint40(block.timestamp) + EMERGENCY_SECONDS;
        stored.frozenUntil = frozenUntil;
        emit StatusChanged(account, current, AccountStatus.Frozen, frozenUntil, reasonHash, msg.sender);
    }

    /// @inheritdoc IAccounts
    function consent(address account, address target, bytes calldata data, uint40 validUntil) external {
        _requireApprover(account);
        uint256 latest = block.timestamp + CONSENT_SECONDS_MAX;
        if (validUntil <= block.timestamp || validUntil > latest) revert InvalidValidity(validUntil, uint40(block.timestamp));
        bytes32 callHash = callHashOf(target, data);
        _consents[account][callHash] = Consent(msg.sender, validUntil);
        emit ConsentGiven(account, msg.sender, callHash, target, data, validUntil);
    }

    /// @inheritdoc IAccounts
    function revokeConsent(address account, bytes32 callHash) external {
        _requireApprover(account);
        if (_consents[account][callHash].agent == address(0)) revert UnknownConsent(account, callHash);
        delete _consents[account][callHash];
        emit ConsentRevoked(account, callHash, msg.sender);
    }

    /// @inheritdoc IAccounts
    function authorise(address account, address agent, bytes32 dataHash)
        external
        returns (AccountStatus status, uint32 jurisdiction)
    {
        if (_rights[account][agent] & INITIATE == 0) revert NotAgent(account, agent);
        uint8 flags;
        (status, jurisdiction, flags) = _standing(_accounts[account]);
        if (flags & DUAL_CONTROL != 0) _useConsent(account, agent, dataHash);
    }

    /// @inheritdoc IAccounts
    function addressOf(uint32 jurisdiction, uint64 number) public view returns (address) {
        bytes32 hash = keccak256(abi.encode(ADDRESS_DOMAIN, block.chainid, address(this), jurisdiction, number));
        return address(uint160(uint256(hash)));
    }

    /// @inheritdoc IAccounts
    function accountOf(address account) public view returns (Account memory stored) {
        stored = _accounts[account];
        // A status is one of a few values, no amount that somebody could nudge.
        // slither-disable-next-line incorrect-equality
        if (stored.status == AccountStatus.None) revert UnknownAccount(account);
        stored.status = _effective(_accounts[account]);
    }

    /// @inheritdoc IAccounts
    function statusOf(address account) external view returns (AccountStatus) {
        return _effective(_accounts[account]);
    }

    /// @inheritdoc IAccounts
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
        )
    {
        (fromStatus, fromJurisdiction, fromFlags) = _standing(_accounts[from]);
        (toStatus,, toFlags) = _standing(_accounts[to]);
        agentRights = _rights[from][agent];
    }

    /// @inheritdoc IAccounts
    function consentOf(address account, bytes32 callHash) external view returns (Consent memory) {
        return _consents[account][callHash];
    }

    /// @inheritdoc IAccounts
    function callHashOf(address target, bytes calldata data) public pure returns (bytes32) {
        return _callHash(target, keccak256(data));
    }

    /// @inheritdoc IAccounts
    function flagsOf(address account) external view returns (uint8) {
        return _accounts[account].flags;
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

    /// @dev Used up whatever the call then does; if it reverts, so does this.
    function _useConsent(address account, address agent, bytes32 dataHash) private {
        bytes32 callHash = _callHash(msg.sender, dataHash);
        Consent memory given = _consents[account][callHash];
        bool counts = given.agent != agent && block.timestamp < given.validUntil && _rights[account][given.agent] & APPROVE != 0;
        if (!counts) revert ConsentMissing(account, agent, callHash);
        delete _consents[account][callHash];
        emit ConsentUsed(account, callHash, given.agent, agent);
    }

    /// @dev An emergency freeze lies over an open or restricted account only: nobody is stricter than Frozen but Closed, and closing
    /// ends the freeze.
    function _effective(Account storage stored) private view returns (AccountStatus status) {
        // Both are read before the question, so that the optimizer reads their slot once.
        bool frozen = block.timestamp < stored.frozenUntil;
        status = stored.status;
        if (frozen) status = AccountStatus.Frozen;
    }

    function _standing(Account storage stored) private view returns (AccountStatus status, uint32 jurisdiction, uint8 flags) {
        bool frozen = block.timestamp < stored.frozenUntil;
        jurisdiction = stored.jurisdiction;
        flags = stored.flags;
        status = stored.status;
        if (frozen) status = AccountStatus.Frozen;
    }

    function _requireApprover(address account) private view {
        if (_rights[account][msg.sender] & APPROVE == 0) revert NotApprover(account, msg.sender);
    }

    function _callHash(address target, bytes32 dataHash) private pure returns (bytes32) {
        return keccak256(abi.encode(target, dataHash));
    }

    function _requireOwn(address account, uint32 jurisdiction) private view {
        uint32 own = accountOf(account).jurisdiction;
        if (own != jurisdiction) revert WrongJurisdiction(account, own, jurisdiction);
    }

    /// @dev Without a ledger nobody can say that the account is empty.
    function _requireEmpty(address account) private view {
        if (ledger == address(0)) revert LedgerNotWired();
        uint64 positions = ICredits(ledger).positionsOf(account);
        if (positions != 0) revert AccountNotEmpty(account, positions);
    }
}
