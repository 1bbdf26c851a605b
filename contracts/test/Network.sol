// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Accounts} from "../src/Accounts.sol";
import {Authority} from "../src/Authority.sol";
import {Desk} from "../src/Desk.sol";
import {Filings} from "../src/Filings.sol";
import {AccountKind, AgentRights} from "../src/IAccounts.sol";
import {Grant, Role} from "../src/IAuthority.sol";
import {Recognition} from "../src/Recognition.sol";
import {Case} from "./Case.sol";

/// @notice Says of how many batches an account holds any, as the ledger would.
contract StubLedger {
    mapping(address account => uint64 batches) public positionsOf;

    function hold(address account, uint64 batches) external {
        positionsOf[account] = batches;
    }
}

/// @notice A network of two jurisdictions with one person for each role.
abstract contract Network is Case {
    uint32 internal constant COUNCIL = 0;
    uint32 internal constant WUHAN = 420_100;
    uint32 internal constant SHANGHAI = 310_000;
    uint40 internal constant EMERGENCY_SECONDS = 30 days;
    bytes32 internal constant REASON = keccak256("reason");
    bytes32 internal constant COMMITMENT = keccak256("identity");

    address internal councilMaker = actor("COUNCIL_MAKER");
    address internal councilChecker = actor("COUNCIL_CHECKER");
    address internal admin = actor("ADMIN");
    address internal registrar = actor("REGISTRAR");
    address internal approver = actor("APPROVER");
    address internal regulator = actor("REGULATOR");
    address internal shanghaiAdmin = actor("SHANGHAI_ADMIN");
    address internal shanghaiRegistrar = actor("SHANGHAI_REGISTRAR");
    address internal shanghaiApprover = actor("SHANGHAI_APPROVER");
    address internal shanghaiRegulator = actor("SHANGHAI_REGULATOR");
    address internal agent = actor("AGENT");
    address internal outsider = actor("OUTSIDER");

    Authority internal authority;
    Desk internal desk;
    Accounts internal accounts;
    Recognition internal recognition;
    Filings internal filings;
    StubLedger internal ledger;

    function setUp() public virtual {
        vm.warp(1_800_000_000);
        authority = new Authority(_one(councilMaker), _one(councilChecker));
        desk = new Desk(authority);
        authority.wire(address(desk));
        accounts = new Accounts(authority, address(desk), EMERGENCY_SECONDS);
        recognition = new Recognition(authority, address(desk));
        filings = new Filings(authority, address(desk), accounts, recognition, EMERGENCY_SECONDS);
        ledger = new StubLedger();
        accounts.wire(address(ledger));

        Grant[] memory wuhan = new Grant[](4);
        wuhan[0] = Grant(Role.Admin, admin);
        wuhan[1] = Grant(Role.Registrar, registrar);
        wuhan[2] = Grant(Role.Approver, approver);
        wuhan[3] = Grant(Role.Regulator, regulator);
        vm.prank(address(desk));
        authority.openJurisdiction(COUNCIL, WUHAN, keccak256("Wuhan"), wuhan);

        Grant[] memory shanghai = new Grant[](4);
        shanghai[0] = Grant(Role.Admin, shanghaiAdmin);
        shanghai[1] = Grant(Role.Registrar, shanghaiRegistrar);
        shanghai[2] = Grant(Role.Approver, shanghaiApprover);
        shanghai[3] = Grant(Role.Regulator, shanghaiRegulator);
        vm.prank(address(desk));
        authority.openJurisdiction(COUNCIL, SHANGHAI, keccak256("Shanghai"), shanghai);
    }

    /// @dev Opens an account in the name of the Desk.
    function _openAccount(uint32 jurisdiction, uint64 number, AccountKind kind) internal returns (address account) {
        account = accounts.addressOf(jurisdiction, number);
        vm.prank(address(desk));
        accounts.openAccount(jurisdiction, number, kind, COMMITMENT, new AgentRights[](0));
    }

    function _one(address member) internal pure returns (address[] memory list) {
        list = new address[](1);
        list[0] = member;
    }

    function _grant(Role role, address member) internal pure returns (Grant[] memory list) {
        list = new Grant[](1);
        list[0] = Grant(role, member);
    }

    function _agents(address member, uint8 rights) internal pure returns (AgentRights[] memory list) {
        list = new AgentRights[](1);
        list[0] = AgentRights(member, rights);
    }
}
