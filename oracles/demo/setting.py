"""The setting of the story: a network, three jurisdictions, their people and accounts, filings and rules."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from oracles.demo.cast import ANHUI, DEMO_PEPPER, JURISDICTIONS, ORACLES, SHANGHAI, WUHAN, Cast, Memory
from registry.chain.gateway import Gateway
from registry.db.session import Database
from registry.domain.days import to_day
from registry.domain.ids import project_id
from registry.domain.mechanisms import Mechanism
from registry.domain.methodology import Methodology, definition_hash, load_shipped
from registry.domain.rules import AccountKind, Right
from registry.domain.units import GRAMS_PER_TONNE
from registry.services import (
    accounts,
    compliance,
    deployment,
    desk,
    emissions,
    filing,
    membership,
    recognition,
    rule_sets,
    signatures,
    texts,
)
from registry.services.accounts import Commitment
from registry.services.calls import GuardedCall
from registry.services.home import Home, NetworkSettings
from registry.services.policies import is_demonstration
from registry.services.registry import Registry

METHODOLOGY = "travel-beijing-2024"
CYCLING = 1
COMPLIANCE_YEAR = 2016
VALID_UNTIL = 2**40 - 1
BOTH = Right.INITIATE | Right.APPROVE | Right.READ
ILLUSTRATION = (
    "Illustration: trips of one city joined with factors of another standard show the machinery; "
    "none of these figures is an issuable reduction. 仅为演示，所示数字均不是可签发的减排量。"
)


@dataclass(frozen=True, slots=True)
class Holder:
    """An account of the story: jurisdiction, number, kind, names and the key of its agent."""

    jurisdiction: int
    number: int
    kind: AccountKind
    name_zh: str
    name_en: str
    agent: str


HOLDERS = {
    "platform": Holder(
        SHANGHAI, 1, AccountKind.PLATFORM, "示例共享单车平台", "Example bike platform", "platform-agent"
    ),
    "enterprise": Holder(
        SHANGHAI, 2, AccountKind.ENTERPRISE, "示例控排企业", "Example compliance enterprise", "enterprise-agent"
    ),
    "second platform": Holder(
        SHANGHAI, 3, AccountKind.PLATFORM, "示例第二平台", "Example second platform", "second-platform-agent"
    ),
    "Wuhan enterprise": Holder(
        WUHAN, 1, AccountKind.ENTERPRISE, "示例武汉控排企业", "Example enterprise in Wuhan", "wuhan-enterprise-agent"
    ),
    "event host": Holder(ANHUI, 1, AccountKind.INSTITUTION, "示例活动主办方", "Example event host", "event-agent"),
}


def methodology() -> Methodology:
    """The methodology of the story."""
    return load_shipped()[METHODOLOGY]


def main_project() -> int:
    """Id of the bike platform's project."""
    return project_id(SHANGHAI, 1)


def second_project() -> int:
    """Id of the project of the platform that claims the same trips again."""
    return project_id(SHANGHAI, 2)


def account(registry: Registry, holder: str) -> str:
    """The account of a holder of the story."""
    facts = HOLDERS[holder]
    return accounts.account_address(registry, facts.jurisdiction, facts.number)


def deploy(home: Home, gateway: Gateway, database: Database, cast: Cast, chain: str) -> NetworkSettings:
    """Deploys the contracts of the demonstration network."""
    return deployment.deploy_network(
        home,
        gateway,
        database,
        cast["deployer"],
        chain=chain,
        label="Puhui demonstration network",
        council_makers=[cast["council-maker"].address],
        council_checkers=[cast["council-checker"].address],
        demo=True,
        pepper=DEMO_PEPPER,
    )


def gather_members(registry: Registry, cast: Cast, memory: Memory) -> dict[str, Any]:
    """Opens the jurisdictions with their own authorities, the oracle committee and the accounts."""
    for person in cast.people.values():
        registry.gateway.fund(person.address)
    _council(registry, cast, deployment.install_modules(registry.network.contracts), "modules")
    for code, name in JURISDICTIONS.items():
        _council(registry, cast, membership.open_jurisdiction(code, name, cast.grants(code)), f"open/{code}")
        texts.keep_text(registry.database, "jurisdiction", name)
    signers = [cast[name].address for name in ORACLES]
    for code in (SHANGHAI, WUHAN):
        committee = membership.set_committee(code, signers, 0)
        _decide(registry, cast, code, committee, f"committee/{code}", maker="admin")
    for name, holder in HOLDERS.items():
        identity = Commitment.of(holder.name_zh, memory.salt(name))
        agents = [(cast[holder.agent].address, BOTH)]
        call = accounts.open_account(holder.jurisdiction, holder.number, holder.kind, identity.digest, agents)
        _decide(registry, cast, holder.jurisdiction, call, f"account/{name}")
        texts.name_account(registry.database, account(registry, name), holder.name_zh, holder.name_en)
    return {"jurisdictions": len(JURISDICTIONS), "accounts": len(HOLDERS), "committee_size": len(signers)}


def file_methodology_and_projects(registry: Registry, cast: Cast) -> dict[str, Any]:
    """Files the methodology and the projects of both platforms, by maker and checker, after a public notice."""
    definition = methodology()
    digest = texts.keep_definition(registry.database, definition)
    # Grade C values are admitted because this is a demonstration; the project carries the illustration note.
    call = filing.file_methodology(SHANGHAI, definition, demonstration=is_demonstration(registry.register))
    _decide(registry, cast, SHANGHAI, call, "methodology")
    projects = {
        main_project(): ("platform", date(2016, 1, 1), date(2020, 12, 31), "示例骑行项目", "Example cycling project"),
        second_project(): (
            "second platform",
            date(2016, 1, 1),
            date(2020, 12, 31),
            "示例第二骑行项目",
            "Second cycling project",
        ),
    }
    for number, (project, (developer, first, last, name_zh, name_en)) in enumerate(projects.items(), start=1):
        call = filing.file_project(
            SHANGHAI,
            methodology=definition,
            developer=account(registry, developer),
            scenario=CYCLING,
            crediting=(to_day(first), to_day(last)),
            ceiling_grams=1_000_000_000,
            co_benefits="less congestion and noise",
        )
        _decide(registry, cast, SHANGHAI, call, f"project/{number}")
        texts.name_project(registry.database, project, name_zh, name_en, ILLUSTRATION)
    return {"methodology_hash": "0x" + digest.hex(), "projects": [str(project) for project in projects]}


def set_rules(registry: Registry, cast: Cast, issued_grams: int) -> dict[str, Any]:
    """Sets the offset rules of Shanghai and Wuhan, and obligations such that Shanghai's cap is a quarter of the issue.

    The rules count whole tonnes. A month too small for that is offset by the gram, so that it tells the story too.
    """
    granularity = GRAMS_PER_TONNE if issued_grams >= 4 * GRAMS_PER_TONNE else 1
    cap_grams = issued_grams // 4 // granularity * granularity
    shipped = {SHANGHAI: rule_sets.load_shipped("shanghai-2013-2015"), WUHAN: rule_sets.load_shipped("wuhan-2024")}
    for code, found in shipped.items():
        # Shanghai's rules of those years named CCER alone; the story offsets carbon inclusion credits.
        mechanisms = tuple(sorted({*found.rules.mechanisms, Mechanism.CARBON_INCLUSION}))
        rules = replace(found.rules, granularity_grams=granularity, mechanisms=mechanisms)
        call = compliance.set_rule_set(code, COMPLIANCE_YEAR, rules)
        _decide(registry, cast, code, call, f"rules/{code}", maker="admin")
    _recognise(registry, cast)
    allowances = cap_grams * compliance.BASIS_POINTS // shipped[SHANGHAI].rules.cap_bps
    obligation = compliance.Obligation(allowances, allowances, allowances, allowances)
    for name in ("enterprise", "Wuhan enterprise"):
        holder = HOLDERS[name]
        _verify_emissions(registry, cast, name, allowances)
        call = compliance.set_obligation(holder.jurisdiction, account(registry, name), COMPLIANCE_YEAR, obligation)
        _decide(registry, cast, holder.jurisdiction, call, f"obligation/{name}")
    return {"issued_allowances_grams": allowances, "cap_grams": cap_grams, "granularity_grams": granularity}


def _verify_emissions(registry: Registry, cast: Cast, name: str, grams: int) -> None:
    """The oracles of the holder's jurisdiction sign what it emitted, and anybody submits it."""
    statement = f"{ILLUSTRATION} {HOLDERS[name].name_en}: {grams} g in {COMPLIANCE_YEAR}."
    evidence_hash = texts.keep_text(registry.database, "emissions", statement)
    # Far ahead, so that a start which was cut off submits the same report when it is repeated.
    figure = emissions.next_figure(
        registry, account(registry, name), COMPLIANCE_YEAR, grams, evidence_hash, valid_until=VALID_UNTIL
    )
    if figure.revision > 1:
        return
    signed = [signatures.sign(registry, cast[oracle], figure) for oracle in ORACLES]
    emissions.submit(registry, cast["deployer"], signed, key=f"demo/emissions/{name}")


def _recognise(registry: Registry, cast: Cast) -> None:
    """Wuhan accepts Shanghai's credits as such, so that what refuses them there is its own local share."""
    terms = recognition.Terms(discount_bps=0, yearly_cap_grams=GRAMS_PER_TONNE, valid_from=1, valid_until=2**40 - 1)
    call = recognition.set_terms(WUHAN, SHANGHAI, definition_hash(methodology()), terms)
    _decide(registry, cast, WUHAN, call, "recognition", maker="admin")


def _council(registry: Registry, cast: Cast, call: GuardedCall, key: str) -> None:
    desk.decide(registry, cast["council-maker"], cast["council-checker"], call, key=f"demo/{key}")


def _decide(registry: Registry, cast: Cast, code: int, call: GuardedCall, key: str, maker: str = "registrar") -> None:
    desk.decide(registry, cast.office(maker, code), cast.office("approver", code), call, key=f"demo/{key}")
