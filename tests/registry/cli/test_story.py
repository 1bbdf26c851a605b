"""The whole story by commands alone: an administrator, an enterprise and a member of the public, without any code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oracles.demo.generated import write_trips
from registry.chain.keys import KeyStore
from registry.services.home import Home
from tests.registry.cli.conftest import PASSWORD, Puhui

pytestmark = pytest.mark.slow

TRIPS = 300
CYCLING = "travel-beijing-2024"
BATCH = "PH-310000-0001-2016-001"
ORACLES = ("oracle-1", "oracle-2", "oracle-3", "oracle-4")
PEOPLE = (
    *("deployer", "council-maker", "council-checker", "admin", "registrar", "approver", "verifier", "regulator"),
    *("platform", "enterprise", *ORACLES),
)
RULES = {
    "id": "by-the-gram",
    "title": "Shanghai's cap, offset by the gram",
    "source": "tests",
    "grade": "C",
    "open_points": [],
    "cap_base": "ISSUED_ALLOWANCES",
    "cap_bps": 500,
    "non_local_cap_bps": None,
    "local_share_min_bps": 0,
    "preferred_share_min_bps": None,
    "preference_areas": [],
    "first_vintage": 2013,
    "last_vintage": 2030,
    "mechanisms": ["CARBON_INCLUSION"],
    "methodologies": None,
    "own_boundary_excluded": True,
    "pool_grams": None,
    "reservable_until": 0,
    "granularity_grams": 1,
    "opens_at": 1356998400,
    "deadline": 4102415999,
    "reversal_seconds": 0,
}


class Story:
    """Runs the story once and keeps what each command answered."""

    def __init__(self, app: Any, folder: Path) -> None:
        self.puhui = Puhui(app, folder / "home")
        self.folder = folder
        self.answers: dict[str, dict[str, Any]] = {}

    def say(self, name: str, *words: object) -> dict[str, Any]:
        self.answers[name] = self.puhui(*words)
        return self.answers[name]

    def decide(self, name: str, *words: object, checker: str = "approver") -> dict[str, Any]:
        """A maker proposes, a checker approves; waits for the second of public notice that filings have."""
        request = self.puhui(*words)["request_id"]
        self.answers[f"{name} shown"] = self.puhui("desk", "show", request)
        for _ in range(100):
            result = self.puhui.run("desk", "approve", request, "--as", checker, "--json")
            if result.exit_code == 0:
                break
            assert json.loads(result.stdout)["error"]["code"] == "notice_running", result.stderr
        answer: dict[str, Any] = json.loads(result.stdout)
        self.answers[name] = answer
        return answer

    def set_up(self) -> None:
        store = KeyStore(Home(self.puhui.home).keys)
        for name in PEOPLE[1:]:
            store.create(name, PASSWORD, scrypt_rounds=2)
        self.say("key", "key", "new", PEOPLE[0])
        council = ("--council-maker", "council-maker", "--council-checker", "council-checker")
        init = ("chain", "init", *council, "--deployer", "deployer", "--demo-notices")
        self.say("init", *init)
        self.say("init again", *init)
        maker = ("--as", "council-maker")
        modules = ("retirer=Compliance", "locker=Pledges", "corrector=Enforcement")
        grants = [part for module in modules for part in ("--grant", module)]
        self.decide("module", "role", "grant", 0, *grants, *maker, checker="council-checker")
        offices = [
            word for name in ("admin", "registrar", "approver", "verifier", "regulator") for word in grant(name, name)
        ]
        opening = ("jurisdiction", "open", 310000, "上海市", *offices, *maker)
        self.decide("jurisdiction", *opening, checker="council-checker")
        signers = [word for name in ORACLES for word in ("--signer", name)]
        self.decide("committee", "committee", "propose", 310000, *signers, "--as", "admin")

    def file(self) -> None:
        registrar = ("--as", "registrar")
        for number, kind in enumerate(("platform", "enterprise"), start=1):
            agent = ("--agent", f"{kind}=initiate+approve+read", "--holder", f"The {kind}")
            self.decide(f"account {kind}", "account", "open", 310000, number, kind, *agent, *registrar)
        self.say("named account", "account", "name", "310000/1", "单车平台", "--en", "Bike platform")
        self.decide("methodology", "file", "methodology", 310000, CYCLING, "--allow-grade-c", *registrar)
        words = ("--methodology", CYCLING, "--developer", "310000/1", "--scenario", 1, "--ceiling", "1000t")
        period = ("--first-day", "2016-01-01", "--last-day", "2020-12-31")
        self.decide("project", "file", "project", 310000, *words, *period, *registrar)
        note = ("--illustration", "Only an illustration.")
        self.say("named project", "project", "name", "310000/1", "骑行项目", "--en", "Cycling", *note)

    def report(self) -> None:
        table, secret, package = self.folder / "trips.csv", self.folder / "secret", self.folder / "august"
        write_trips(table, trips=TRIPS)
        secret.write_text("5e" * 32)
        words = ("--mapping", "mobike-2016", "--project", "PH-310000-0001", "--methodology", CYCLING)
        period = ("--period", "2016-08-01..2016-08-31", "--secret", secret, "--out", package)
        self.say("pack", "pack", table, *words, *period)
        self.say("sign", "sign-package", package, "--as", "verifier")
        oracles = [word for name in ORACLES for word in ("--oracle", name)]
        run = self.say("run", "oracle", "round", package, *oracles, "--as", "platform")
        issue = ("issue", "PH-310000-0001", 1, "--to", f"310000/1={run['grams']}", "--as", "registrar")
        self.decide("issue", *issue)

    def use(self) -> None:
        grams = self.answers["run"]["grams"]
        self.say("transfer", "transfer", "310000/1", "310000/2", BATCH, grams // 2, "--as", "platform")
        rules = self.folder / "rules.json"
        rules.write_text(json.dumps(RULES))
        self.decide("rules", "rules", "set", 310000, 2016, rules, "--as", "admin")
        owed = ("--initial-allocation", 0, "--verified-emissions", 0, "--amount-due", "1t")
        allowances = ("--issued-allowances", grams * 5)
        self.decide("obligation", "obligation", "set", "310000/2", 2016, *owed, *allowances, "--as", "registrar")
        allowed = self.say("quote", "quote", "310000/2", 2016, BATCH)["grams"]
        claim = ("--statement", "Offset of 2016.", "--beneficiary", "The enterprise", "--as", "enterprise")
        self.answers["one gram more"] = {
            "line": self.puhui.refused("offset", "310000/2", 2016, "--line", f"{BATCH}={allowed + 1}", *claim)
        }
        self.say("offset", "offset", "310000/2", 2016, "--line", f"{BATCH}={allowed}", *claim, "--key", "one")
        self.say("offset again", "offset", "310000/2", 2016, "--line", f"{BATCH}={allowed}", *claim, "--key", "one")
        event = ("--purpose", "event-neutrality", "--statement", "A concert.", "--beneficiary", "The host")
        self.say("retire", "retire", "310000/1", "310000/1/1", 100, *event, "--as", "platform")
        self.say("certificate", "certificate", 2, "-o", self.folder / "certificate.json", "--beneficiary", "The host",
                 "--salt", self.answers["retire"]["salt"])  # fmt: skip
        lines = self.folder / "lines.txt"
        lines.write_text(f"310000/1/1=7\n\n{BATCH}=8\n")
        self.say("retire lines", "retire", "310000/1", "--lines", lines, *event, "--as", "platform")

    def restrain(self) -> None:
        agreement = self.folder / "agreement.txt"
        agreement.write_text("The platform pledges to the enterprise.")
        pledge = ("pledge", "310000/1", "310000/2", BATCH, 50, "--agreement", agreement, "--as", "platform")
        self.say("pledge", *pledge)
        self.say("release", "release", 1, 20, "--as", "enterprise")
        order = ("--reason", "A judgment.", "--as", "registrar")
        self.decide("release by order", "release", 1, 10, *order, checker="regulator")
        self.decide("seize", "seize", 1, 5, *order, checker="regulator")
        self.decide("freeze", "freeze-grams", "310000/1", BATCH, 30, *order, checker="regulator")
        force = ("force-transfer", "310000/1", "310000/2", BATCH, 3, *order)
        self.decide("force", *force, checker="regulator")
        self.say("restrained", "account", "show", "310000/1")
        self.say("restraints", "account", "restraints", "310000/1")


def grant(role: str, who: str) -> tuple[str, str]:
    return "--grant", f"{role}={who}"


@pytest.fixture(scope="module")
def story(app: Any, tmp_path_factory: pytest.TempPathFactory) -> Story:
    story = Story(app, tmp_path_factory.mktemp("story"))
    story.set_up()
    story.file()
    story.report()
    story.use()
    story.restrain()
    return story


def test_setting_up__a_second_time__changes_nothing(story: Story) -> None:
    first, second = story.answers["init"], story.answers["init again"]
    assert (first["new"], second["new"]) == (True, False)
    assert first["contracts"] == second["contracts"]
    assert story.puhui("chain", "status")["genesis_hash"] == first["genesis_hash"]


def test_administrator__sees_who_decides_and_what_was_decided(story: Story) -> None:
    shanghai = story.puhui("jurisdiction", "show", 310000)
    assert shanghai["name"] == "上海市"
    assert {member["role"] for member in shanghai["members"]} == {
        *("admin", "registrar", "approver", "verifier", "regulator")
    }
    assert shanghai["committee"]["quorum"] == 3
    assert story.puhui("desk", "list") == {"requests": []}
    executed = story.puhui("desk", "list", "--status", "executed", "--jurisdiction", 310000)["requests"]
    assert {row["call"] for row in executed} >= {"Credits.issue", "RuleSets.setRuleSet", "Filings.fileProject"}
    shown = story.puhui.told("desk", "show", story.answers["jurisdiction shown"]["request_id"])
    assert "role registrar (maker), member registrar (0x" in shown
    assert story.answers["project"]["events"][0]["event"] == "ProjectFiled"


def test_project__tells_people_printed_forms_and_its_note(story: Story) -> None:
    grams = story.answers["run"]["grams"]
    text = story.puhui.told("project", "show", "310000/1")
    for part in ("PH-310000-0001 骑行项目", f"{BATCH}: ", f"{grams:,} g", "note: Only an illustration."):
        assert part in text
    data = story.puhui("project", "show", "PH-310000-0001")
    assert (data["project"], data["verified_grams"], data["issued_grams"]) == ("PH-310000-0001", grams, grams)
    assert data["project_id"] == str(310000 << 32 | 1)


def test_enterprise__offsets_what_it_may_and_not_a_gram_more(story: Story) -> None:
    quote, offset = story.answers["quote"], story.answers["offset"]
    assert quote["binding_rule"] == "cap"
    assert quote["grams"] == quote["cap_grams"] == story.answers["run"]["grams"] * 5 * 500 // 10_000
    assert "the cap on offsets" in story.answers["one gram more"]["line"]
    assert "310000/1/1" in story.answers["one gram more"]["line"]
    assert [use["grams"] for use in offset["retirements"]] == [quote["grams"]]
    assert offset["retirements"][0]["serials"].startswith(f"{BATCH}-000000000001-")
    assert story.answers["offset again"] == offset


def test_accounts__hold_what_is_left(story: Story) -> None:
    grams, allowed = story.answers["run"]["grams"], story.answers["quote"]["grams"]
    platform, enterprise = story.puhui("account", "show", "310000/1"), story.puhui("account", "show", "310000/2")
    # 15 g in lines, 5 g seized, 3 g moved by force.
    assert platform["grams"] == grams - grams // 2 - 100 - 15 - 5 - 3
    assert enterprise["grams"] == grams // 2 - allowed + 5 + 3
    (held,) = enterprise["holdings"]
    assert held["batch_id"] == str(310000 << 96 | 1 << 64 | 1)
    assert (held["batch"], held["grams"]) == (BATCH, enterprise["grams"])
    (held,) = platform["holdings"]
    # Of the 50 g pledged 30 g were released and 5 g seized; 30 g are frozen.
    assert (held["locked_grams"], held["frozen_grams"], held["recalled_grams"]) == (15, 30, 0)
    assert held["available_grams"] == platform["grams"] - 45
    restraints = story.answers["restraints"]
    assert [(each["grams"], each["left_grams"]) for each in restraints["pledges"]] == [(50, 15)]
    assert {(each["grams"], each["reason"]) for each in restraints["orders"]} == {
        (30, "A judgment."),
        (3, "A judgment."),
    }
    assert platform["name_zh"] == "单车平台"
    assert list(platform["agents"].values()) == ["initiate+approve+read"]


def test_certificate__is_checked_with_what_the_reader_knows(story: Story) -> None:
    puhui, path = story.puhui, story.answers["certificate"]["certificate"]
    alone = puhui("verify", path)
    assert (alone["valid"], alone["anchored"]) == (True, False)
    blocks = {word for each in alone["checks"] if each["subject"] == "block" for word in each["found"].split()[1:2]}
    hashes = [word for number in blocks for word in ("--block-hash", puhui("chain", "block", number)["hash"])]
    assert puhui("verify", path, "--network", puhui.home / "network.json", *hashes)["anchored"] is True
    published = story.folder / "published.json"
    published.write_text(json.dumps(puhui("chain", "status")))
    assert "which you gave" in puhui.told("verify", path, "--network", published, *hashes)
    line = puhui.refused("verify", path, "--validator", "0x" + "11" * 20)
    assert "not among the blocks that you trust" in line


def test_certificate__of_a_line_of_several__verifies(story: Story) -> None:
    number = int(story.answers["retire lines"]["retirements"][1]["retirement_id"])
    path = story.folder / "line.json"
    story.puhui("certificate", number, "-o", path)
    assert story.puhui("verify", path)["valid"] is True


def test_certificate__one_gram_changed__is_rejected_with_what_differs(story: Story) -> None:
    content = Path(story.answers["certificate"]["certificate"]).read_text("utf-8")
    forged = story.folder / "forged.json"
    forged.write_text(content.replace('"grams": 100,', '"grams": 101,', 1))
    line = story.puhui.refused("verify", forged)
    assert "$.event.grams" in line
    assert "File: 101. Proven: 100." in line
    assert story.puhui.code("verify", forged) == "invalid_certificate"


def test_public__walks_from_a_certificate_to_rides_and_back(story: Story) -> None:
    found = story.puhui("provenance", "certificate", 2)
    assert [step["kind"] for step in found["down"]] == ["batch", "report", "project", "methodology"]
    ride = found["acts"]["items"][0]["leaf"]["act_id"]
    back = story.puhui("act", ride)
    assert "retirement" in [step["kind"] for step in back["up"]] or back["outcome"] == "partly_used"
    text = story.puhui.told("provenance", "certificate", 2)
    for part in (f"came from  batch {BATCH}-", "3 of 4 signatures", "note       Only an illustration."):
        assert part in text
    for kind, name in (("project", "310000/1"), ("batch", BATCH), ("report", "310000/1/1"), ("account", "310000/2")):
        assert story.puhui("provenance", kind, name)["kind"] == kind


def test_public__asks_for_a_ride_by_its_key(story: Story) -> None:
    row = (story.folder / "trips.csv").read_text("utf-8").splitlines()[1].split(",")
    key = f"shared-bike;bike={row[1]};start={row[3].replace(' ', 'T')}+08:00"
    assert story.puhui("act", key)["kind"] == "act"
    assert "There is no act" in story.puhui.refused("act", key.replace("2016-08", "2016-07"))


def test_index__equals_the_chain_and_itself_after_a_rebuild(story: Story) -> None:
    assert story.puhui("index", "run")["blocks"] == 0
    assert story.puhui("index", "rebuild")["same"] is True
    assert story.puhui("index", "reconcile")["equal"] is True


FOUND: dict[str, Callable[[Story], bool]] = {
    "pack": lambda story: story.answers["pack"]["manifest"]["totals"]["records"] == TRIPS,
    "sign": lambda story: story.answers["sign"]["verifier"].startswith("0x"),
    "run": lambda story: len(story.answers["run"]["signers"]) == 3,
    "transfer": lambda story: story.answers["transfer"]["batch"] == BATCH,
    "retire": lambda story: story.answers["retire"]["retirements"][0]["grams"] == 100,
}


@pytest.mark.parametrize("step", FOUND)
def test_step__answers_what_it_did(story: Story, step: str) -> None:
    assert FOUND[step](story)


def test_amounts__are_integers_everywhere(story: Story) -> None:
    def floats(value: object) -> bool:
        if isinstance(value, dict):
            return any(map(floats, value.values()))
        if isinstance(value, list):
            return any(map(floats, value))
        return isinstance(value, float)

    assert not floats(story.answers)
