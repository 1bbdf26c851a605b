// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccountKind, AccountStatus} from "../src/IAccounts.sol";
import {Role} from "../src/IAuthority.sol";
import {ObjectionStatus, Part, Request, RequestStatus} from "../src/IDesk.sol";
import {Requests} from "./Requests.sol";

/// @notice Random life of the Desk: nine persons with roles that overlap, two accounts, up to 24 requests, time that passes.
/// @dev A second book of all requests is kept here in its own words. Of every call it says beforehand whether it must succeed: what
/// comes out otherwise, either way, is counted in `violations` and named in `lastViolation`.
contract DeskHandler is Requests {
    struct Page {
        address maker;
        uint256 value;
        uint256 proposedAt;
        uint8 experts;
        bool executed;
        bool rejected;
        bool withdrawn;
    }

    uint256 private constant REQUESTS_MAX = 24;
    bytes32 private constant HASH = keccak256("hash");

    uint256 public violations;
    string public lastViolation;
    /// @dev How often each action succeeded: a run in which nothing happens proves nothing.
    mapping(string action => uint256) public done;
    /// @dev How often each action was refused.
    mapping(string action => uint256) public refused;

    uint256 private _executions;
    /// @dev The request that the action at work names, 0 if none.
    uint256 private _touched;
    address[9] private _persons;
    address[2] private _accounts;
    mapping(uint256 requestId => Page) private _book;
    mapping(uint256 requestId => mapping(address objector => bool)) private _objected;
    mapping(uint256 requestId => mapping(address objector => bool)) private _ruledOn;
    mapping(uint256 requestId => mapping(address person => bool)) private _opined;
    mapping(uint256 requestId => mapping(address person => bool)) private _ruled;
    mapping(uint256 requestId => uint256) private _positive;
    mapping(uint256 requestId => uint256) private _open;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < _persons.length; ++i) {
            _persons[i] = actor(string(abi.encodePacked("PERSON_", bytes1(uint8(48 + i)))));
        }
        Role[16] memory roles = [
            Role.Registrar,
            Role.Registrar,
            Role.Regulator,
            Role.Expert,
            Role.Approver,
            Role.Approver,
            Role.Expert,
            Role.Approver,
            Role.Regulator,
            Role.Expert,
            Role.Regulator,
            Role.Expert,
            Role.Expert,
            Role.Auditor,
            Role.Auditor,
            Role.Regulator
        ];
        // Person 1 proposes, rules and knows; 3 knows and checks; 4 checks and rules; 8 may object in two ways and rule.
        uint8[16] memory holders = [0, 1, 1, 1, 2, 3, 3, 4, 4, 4, 5, 5, 6, 7, 8, 8];
        for (uint256 i = 0; i < roles.length; ++i) {
            _grantInWuhan(roles[i], _persons[holders[i]]);
        }
        _accounts[0] = _openAccount(WUHAN, 1, AccountKind.Enterprise);
        _accounts[1] = _openAccount(SHANGHAI, 1, AccountKind.Platform);
        vm.prank(address(desk));
        accounts.setAgents(WUHAN, _accounts[0], _agents(_persons[8], 1));
        vm.prank(address(desk));
        accounts.setAgents(SHANGHAI, _accounts[1], _agents(_persons[0], 4));
    }

    // ------------------------------------------------------------- actions

    /// @dev After each action the two books agree on the request it names. Of all requests DeskInvariants asks, less often.
    modifier watched() {
        _;
        if (_touched != 0 && _touched <= desk.requestCount()) _compare(_touched);
        _touched = 0;
    }

    function propose(uint256 seed, uint8 experts) external watched {
        if (desk.requestCount() == REQUESTS_MAX) return;
        address who = _person(seed);
        experts = uint8(bound(experts, 0, 2));
        if (desk.policyOf(WUHAN, address(target), target.act.selector).experts != experts) _askExperts(experts);
        uint256 next = desk.requestCount() + 1;
        bytes memory call = abi.encodeCall(desk.propose, (address(target), _act(WUHAN, seed)));
        if (!_tried("propose", who, call, authority.holds(WUHAN, Role.Registrar, who))) return;
        _touched = next;
        _book[next] = Page(who, seed, block.timestamp, experts, false, false, false);
    }

    /// @dev One time in eight hands in another call than was proposed.
    function approve(uint256 seed, uint256 which, uint8 change) external watched {
        bool changed = change % 8 == 1;
        (uint256 id, Page storage page, address who) = _chosen(which, seed);
        bool expected = _mayDecide(page, id, who) && _open[id] == 0 && _positive[id] >= page.experts && !changed
            && block.timestamp >= page.proposedAt + NOTICE_SECONDS && authority.holds(WUHAN, Role.Registrar, page.maker);
        // Adding cannot overflow: seeds of requests are kept as they are, and the greatest becomes 0.
        uint256 value;
        unchecked {
            value = changed ? page.value + 1 : page.value;
        }
        bytes memory call = abi.encodeCall(desk.approve, (id, address(target), _act(WUHAN, value)));
        if (!_tried("approve", who, call, expected)) return;
        page.executed = true;
        ++_executions;
        if (target.value() != page.value) _violate("another call was executed");
    }

    function reject(uint256 seed, uint256 which) external watched {
        (uint256 id, Page storage page, address who) = _chosen(which, seed);
        bytes memory call = abi.encodeCall(desk.reject, (id, HASH));
        if (_tried("reject", who, call, _mayDecide(page, id, who))) page.rejected = true;
    }

    function withdraw(uint256 seed, uint256 which) external watched {
        (uint256 id, Page storage page, address who) = _chosen(which, seed);
        bytes memory call = abi.encodeCall(desk.withdraw, (id));
        if (_tried("withdraw", who, call, _isOpen(page) && who == page.maker)) page.withdrawn = true;
    }

    /// @dev `account` 0 and 1: for that account; 2: as an auditor.
    function object(uint256 seed, uint256 which, uint256 account) external watched {
        (uint256 id, Page storage page, address who) = _chosen(which, seed);
        account = bound(account, 0, 2);
        address given = account == 2 ? address(0) : _accounts[account];
        bool allowed = account == 2
            ? authority.holds(WUHAN, Role.Auditor, who)
            : accounts.rightsOf(given, who) != 0 && accounts.statusOf(given) == AccountStatus.Open
                && block.timestamp < page.proposedAt + NOTICE_SECONDS;
        address objector = account == 2 ? who : given;
        bool expected = _isOpen(page) && allowed && !_objected[id][objector];
        if (!_tried("object", who, abi.encodeCall(desk.object, (id, given, HASH)), expected)) return;
        _objected[id][objector] = true;
        ++_open[id];
    }

    function rule(uint256 seed, uint256 which, uint256 of_, uint8 ruling) external watched {
        (uint256 id, Page storage page, address who) = _chosen(which, seed);
        bool upheld = ruling % 4 == 1;
        of_ = bound(of_, 0, 3);
        address objector = of_ < 2 ? _accounts[of_] : _persons[of_ + 5];
        bool expected = _isOpen(page) && authority.holds(WUHAN, Role.Regulator, who) && who != page.maker && !_opined[id][who]
            && _objected[id][objector] && !_ruledOn[id][objector];
        if (!_tried("rule", who, abi.encodeCall(desk.rule, (id, objector, upheld, HASH)), expected)) return;
        _ruledOn[id][objector] = true;
        _ruled[id][who] = true;
        --_open[id];
        page.rejected = upheld;
    }

    function opine(uint256 seed, uint256 which, bool positive) external watched {
        (uint256 id, Page storage page, address who) = _chosen(which, seed);
        bool expected = _isOpen(page) && page.experts != 0 && authority.holds(WUHAN, Role.Expert, who) && who != page.maker
            && !_opined[id][who] && !_ruled[id][who];
        if (!_tried("opine", who, abi.encodeCall(desk.opine, (id, positive, HASH)), expected)) return;
        _opined[id][who] = true;
        if (positive) ++_positive[id];
    }

    function wait(uint256 seed) external {
        vm.warp(block.timestamp + bound(seed, 1, NOTICE_SECONDS));
    }

    /// @dev A maker leaves or comes back; an account freezes or opens.
    function changeParties(uint256 seed) external {
        address maker = _persons[seed % 2];
        bool isMaker = authority.holds(WUHAN, Role.Registrar, maker);
        vm.prank(address(desk));
        if (isMaker) authority.revokeRoles(WUHAN, _grant(Role.Registrar, maker));
        else authority.grantRoles(WUHAN, _grant(Role.Registrar, maker));
        address account = _accounts[seed / 2 % 2];
        uint32 jurisdiction = accounts.jurisdictionOf(account);
        bool isOpen = accounts.statusOf(account) == AccountStatus.Open;
        vm.prank(address(desk));
        accounts.setStatus(jurisdiction, account, isOpen ? AccountStatus.Frozen : AccountStatus.Open, REASON);
    }

    // ----------------------------------------------------------- both books

    /// @dev The two books say the same of every request, and the target was called as often as requests were executed.
    function compare() external {
        for (uint256 id = 1; id <= desk.requestCount(); ++id) {
            _compare(id);
        }
    }

    // -------------------------------------------------------------- helpers

    function _compare(uint256 id) private {
        if (target.calls() != _executions) _violate("calls");
        Page memory page = _book[id];
        Request memory request = desk.requestOf(id);
        if (request.status != _statusOf(page)) _violate("status");
        if (request.openObjections != _open[id]) _violate("objections");
        uint256 counted = _positive[id] < page.experts ? _positive[id] : page.experts;
        if (request.positiveOpinions != counted || request.experts != page.experts) _violate("opinions");
        if (request.maker != page.maker) _violate("maker");
        for (uint256 i = 0; i < _persons.length; ++i) {
            bool tookPart = desk.partOf(id, _persons[i]) != Part.None;
            if (tookPart != (_opined[id][_persons[i]] || _ruled[id][_persons[i]])) _violate("part");
            bool objected = desk.objectionOf(id, _persons[i]) != ObjectionStatus.None;
            if (objected != _objected[id][_persons[i]]) _violate("objection");
        }
    }

    function _tried(string memory action, address who, bytes memory call, bool expected) private returns (bool succeeded) {
        vm.prank(who);
        (succeeded,) = address(desk).call(call);
        if (succeeded != expected) _violate(action);
        if (succeeded) ++done[action];
        else ++refused[action];
    }

    function _mayDecide(Page memory page, uint256 id, address who) private view returns (bool) {
        return _isOpen(page) && who != page.maker && authority.holds(WUHAN, Role.Approver, who) && !_opined[id][who]
            && !_ruled[id][who];
    }

    function _isOpen(Page memory page) private view returns (bool) {
        return _statusOf(page) == RequestStatus.Proposed;
    }

    function _statusOf(Page memory page) private view returns (RequestStatus) {
        if (page.maker == address(0)) return RequestStatus.None;
        if (page.executed) return RequestStatus.Executed;
        if (page.rejected) return RequestStatus.Rejected;
        if (page.withdrawn) return RequestStatus.Withdrawn;
        return block.timestamp < page.proposedAt + EXPIRY_SECONDS ? RequestStatus.Proposed : RequestStatus.Expired;
    }

    /// @dev One past the last request is among them: it is unknown.
    function _chosen(uint256 which, uint256 seed) private returns (uint256 id, Page storage page, address who) {
        id = 1 + which % (desk.requestCount() + 1);
        _touched = id;
        page = _book[id];
        who = _person(seed);
    }

    function _person(uint256 seed) private view returns (address) {
        return _persons[seed % _persons.length];
    }

    function _violate(string memory what) private {
        ++violations;
        lastViolation = what;
    }
}
