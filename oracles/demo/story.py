"""The story, phase by phase: each does its part and gives back the figures it made."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from oracles.demo import evidence, setting
from oracles.demo.cast import SHANGHAI, Cast, Memory
from oracles.demo.evidence import Claim
from oracles.demo.setting import COMPLIANCE_YEAR, account, main_project
from registry.cli.provenance import step_text
from registry.cli.readable import refusal_line
from registry.domain.errors import Conflict, ContractRefused, IntegrityError, RegistryError
from registry.domain.ids import batch_id
from registry.domain.rules import Purpose, Rule
from registry.domain.units import grams_to_tonnes_text
from registry.log.store import LogStore
from registry.proofs.anchor import Trust
from registry.proofs.verify import verify_certificate
from registry.services import certificates, compliance, desk, ledger
from registry.services.accounts import Commitment
from registry.services.reconcile import reconcile
from registry.services.registry import Registry
from registry.services.views.acts import counted_act
from registry.services.views.batches import batch as batch_detail
from registry.services.views.provenance import Asked, SubjectKind, provenance

Tell = Callable[[str], None]

# On chain by hash and in every certificate: whoever shows a figure of the demo shows this with it.
NOT_REAL = "Illustration, no issuable reduction."


def tonnes(grams: int) -> str:
    """Grams as people read them."""
    return f"{grams:,} g ({grams_to_tonnes_text(grams)} t)"


@dataclass(slots=True)
class Story:
    """The telling: a registry, its cast, what was done before, and what each phase took."""

    registry: Registry
    cast: Cast
    memory: Memory
    tell: Tell
    seconds: dict[str, float] = field(default_factory=dict)

    def phase(self, name: str, title: str, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Does a phase unless it was done on an earlier start, and says which."""
        begun = time.monotonic()
        outcome, remembered = self.memory.phase(name, act)
        self.seconds[name] = round(time.monotonic() - begun, 3)
        self.tell(f"{title}{' (done on an earlier start)' if remembered else ''}")
        return outcome


def issue(registry: Registry, cast: Cast, grams: int) -> dict[str, Any]:
    """A maker proposes the issue of the batch, another person approves; the maker alone gets nowhere."""
    registrar, approver = cast.office("registrar", SHANGHAI), cast.office("approver", SHANGHAI)
    call = ledger.issue(main_project(), 1, [(account(registry, "platform"), grams)])
    request_id = desk.propose(registry, registrar, call, key="demo/issue")
    try:
        desk.approve(registry, registrar, request_id, key="demo/issue/by-maker")
    except ContractRefused as refusal:
        refused = refusal_line(refusal)
    else:
        raise IntegrityError(what="the Desk", problem="a maker approved its own proposal")
    desk.approve(registry, approver, request_id, key="demo/issue")
    batch = batch_id(main_project(), 1)
    registry.indexer.run_to_head()
    with registry.database.session() as session:
        view = batch_detail(session, main_project(), 1).batch
    return {
        "batch_id": str(batch),
        "serials": view.serials,
        "issued_grams": view.issued_grams,
        "maker_alone": refused,
    }


def transfer(registry: Registry, cast: Cast, batch: int, issued: int) -> dict[str, Any]:
    """The platform sells six tenths to the enterprise and gives one tenth to the host of an event."""
    sales = {"enterprise": issued * 6 // 10, "event host": issued // 10}
    for holder, grams in sales.items():
        sender, receiver = account(registry, "platform"), account(registry, holder)
        ledger.transfer(registry, cast["platform-agent"], sender, receiver, batch, grams, key=f"demo/transfer/{holder}")
    return {"transferred_grams": sum(sales.values()), "to": sales}


def offset(registry: Registry, cast: Cast, memory: Memory, batch: int) -> dict[str, Any]:
    """The enterprise asks what it may use, tries one gram more, is refused, and offsets what it may.

    Repeated after a crash, the figures come from what was offset then.
    """
    enterprise = account(registry, "enterprise")
    agent = cast["enterprise-agent"]
    # The statement's beneficiary is committed to under a salt of this home, so a repetition says the same.
    beneficiary = Commitment.of("Example compliance enterprise", memory.salt("offset"))
    statement = f"{NOT_REAL} Offset against the obligation of {COMPLIANCE_YEAR}."
    allowed = memory.figure("allowed", lambda: compliance.quote(registry, enterprise, COMPLIANCE_YEAR, batch).grams)
    elsewhere = compliance.quote(registry, account(registry, "Wuhan enterprise"), COMPLIANCE_YEAR, batch)

    def use(grams: int, key: str) -> list[ledger.Use]:
        lines = [(batch, grams)]
        done = ledger.offset(
            registry, agent, enterprise, COMPLIANCE_YEAR, lines, statement=statement, beneficiary=beneficiary, key=key
        )
        return done.uses

    try:
        use(allowed + 1, "demo/offset/one-gram-more")
    except ContractRefused as refusal:
        refused = refusal
    else:
        raise IntegrityError(what="Compliance", problem="one gram above the cap was accepted")
    uses = use(allowed, "demo/offset")
    return {
        "offset_grams": sum(use.grams for use in uses),
        "retirement_id": uses[0].retirement_id,
        "refused_offset_error": f"{refused.error_name}: {Rule(refused.values['rule']).name}",
        "refused_offset_message": refusal_line(refused),
        "wuhan_quote": {"grams": elsewhere.grams, "binding_rule": elsewhere.binding.label},
    }


def retire(registry: Registry, cast: Cast, memory: Memory, batch: int, held: int) -> dict[str, Any]:
    """The host makes an event carbon neutral with half of what it holds."""
    use = ledger.retire(
        registry,
        cast["event-agent"],
        account(registry, "event host"),
        batch,
        held // 2,
        Purpose.EVENT_NEUTRALITY,
        statement=f"{NOT_REAL} Carbon neutrality of an example event, within its registered quantity.",
        beneficiary=Commitment.of("Example event host", memory.salt("event")),
        key="demo/retire",
    )
    return {"retired_grams": use.grams, "retirement_id": use.retirement_id}


def certify(registry: Registry, memory: Memory, retirement_ids: list[int]) -> dict[str, Any]:
    """Certificates are made, verified from their bytes alone, and a tampered one is tried."""
    registry.indexer.run_to_head()
    openings = [
        Commitment.of("Example compliance enterprise", memory.salt("offset")),
        Commitment.of("Example event host", memory.salt("event")),
    ]
    paths = [
        certificates.write_certificate(registry, number, beneficiary=opening)
        for number, opening in zip(retirement_ids, openings, strict=True)
    ]
    verified = [verify_certificate(path.read_bytes(), _trust(registry, path)) for path in paths]
    tampered, rejection = _tamper(paths[0])
    return {
        "certificates": [str(path) for path in paths],
        "certificates_verified": sum(each.is_anchored for each in verified),
        "tampered_file": str(tampered),
        "tampered_rejected": rejection is not None,
        "tampered_reason": rejection,
    }


def _trust(registry: Registry, path: Path) -> Trust:
    """What a reader knows who asked a node of his own for the blocks that the file names."""
    proofs = json.loads(path.read_bytes())["proofs"]
    numbers = {proofs[name]["block_number"] for name in ("retirement", "report")}
    hashes = frozenset(registry.gateway.block(number).hash for number in numbers)
    return Trust(registry.gateway.chain_id, registry.network.contracts, hashes)


def _tamper(path: Path) -> tuple[Path, str | None]:
    """Writes a copy that claims one gram more, and says why verification rejects it."""
    stated = json.loads(path.read_bytes())["event"]["grams"]
    copy = path.with_name(f"{path.stem}-tampered.json")
    copy.write_bytes(path.read_bytes().replace(b'"grams": %d' % stated, b'"grams": %d' % (stated + 1), 1))
    try:
        verify_certificate(copy.read_bytes())
    except RegistryError as rejection:
        return copy, str(rejection)
    return copy, None


def walk(registry: Registry, retirement_id: int) -> dict[str, Any]:
    """From a certificate down to single rides, from one of them up to its use, and to a ride that is not used yet."""
    registry.indexer.run_to_head()

    def open_log(project_id: int) -> LogStore:
        return LogStore(registry.home.log_folder(project_id))

    with registry.database.session() as session:
        asked = Asked(session, open_log)
        down = provenance(asked, SubjectKind.CERTIFICATE, str(retirement_id))
        if down.acts is None or not down.acts.items:
            raise Conflict(kind="retirement", id=retirement_id, problem="no acts were found for its serials")
        ride = down.acts.items[0].act_id
        up = provenance(asked, SubjectKind.ACT, "0x" + ride.hex())
        found = counted_act(session, open_log, ride)
        last = open_log(main_project())
        unused = provenance(asked, SubjectKind.ACT, "0x" + last.leaf(last.size - 1)[32:64].hex())
    used_by = [step_text(step) for step in up.up]
    return {
        "steps_down": [step_text(step) for step in (down.subject, *down.down) if step is not None],
        "acts_in_certificate": down.acts.end_leaf - down.acts.first_leaf,
        "act_id": "0x" + ride.hex(),
        "proof_hashes": len(found.in_newest.hashes) if found else 0,
        "used_by": used_by,
        "unused_act_says": unused.outcome.words[0] if unused.outcome else None,
    }


def check(registry: Registry) -> dict[str, Any]:
    """Compares the database with the chain."""
    registry.indexer.run_to_head()
    result = reconcile(registry.database, registry.gateway, registry.register)
    if not result.is_equal:
        raise IntegrityError(what="the database", problem="; ".join(map(str, result.differences[:5])))
    return {"values_compared": sum(result.compared.values()), "block_number": result.block_number}


def tell_story(story: Story, month: Claim, again: Claim | None) -> dict[str, Any]:
    """Tells the whole story and gives back its figures."""
    registry, cast, memory, tell = story.registry, story.cast, story.memory, story.tell
    members = story.phase(
        "members",
        "1. Three jurisdictions open with their own authorities, an oracle committee and accounts.",
        lambda: setting.gather_members(registry, cast, memory),
    )
    story.phase(
        "filing",
        "2. A methodology and two projects are filed by maker and checker, after a public notice.",
        lambda: setting.file_methodology_and_projects(registry, cast),
    )
    packed = story.phase(
        "pack",
        "3. The platform packs its month; the verifier signs the package.",
        lambda: evidence.pack_month(registry, cast, month),
    )
    tell(f"   {packed['rows']:,} rows, {packed['records']:,} records, {sum(packed['rejected'].values())} unreadable")
    report = story.phase(
        "report",
        "4. Four oracles pull, screen and recompute every act; the report is signed by a quorum and accepted on chain.",
        lambda: evidence.report_month(registry, cast, month),
    )
    tell(f"   {report['acts_counted']:,} acts counted: {tonnes(report['grams'])}; {report['signers']} signatures")
    for reason, count in report["acts_quarantined"].items():
        tell(f"   set aside: {count} {reason}")
    tell(f"   log of {report['log_size']:,} leaves, root {report['log_root']}")
    figures = {**packed, **members, **report, **_use_credits(story, report["grams"])}
    if again is not None:
        story.phase(
            "pack again",
            "10. Another platform packs the same trips, relabelled as another year.",
            lambda: evidence.pack_month(registry, cast, again),
        )
        claimed = story.phase(
            "claim again", "11. The oracles refuse them.", lambda: evidence.claim_again(registry, cast, again)
        )
        tell(f"   {claimed['flagged']:,} of {claimed['records']:,} records are copies. {claimed['refusal']}")
        figures |= {"claimed_again_flagged": claimed["flagged"], "claimed_again_refusal": claimed["refusal"]}
    begun = time.monotonic()
    figures["reconciled"] = check(registry)
    story.seconds["reconcile"] = round(time.monotonic() - begun, 3)
    tell(f"12. The database equals the chain: {figures['reconciled']['values_compared']} values compared.")
    return figures


def _use_credits(story: Story, grams: int) -> dict[str, Any]:
    registry, cast, memory, tell = story.registry, story.cast, story.memory, story.tell
    issued = story.phase(
        "issue",
        "5. A maker proposes the issue, another person approves; the maker alone is refused.",
        lambda: issue(registry, cast, grams),
    )
    batch = int(issued["batch_id"])
    tell(f"   serials {issued.get('serials', batch)}: {tonnes(issued['issued_grams'])} issued to the platform")
    transferred = story.phase(
        "transfer",
        "6. The platform transfers a part to a compliance enterprise and to the host of an event.",
        lambda: transfer(registry, cast, batch, issued["issued_grams"]),
    )
    tell(f"   {tonnes(transferred['transferred_grams'])}")
    rules = story.phase(
        "rules",
        "7. Offset rules and obligations are set on chain.",
        lambda: setting.set_rules(registry, cast, issued["issued_grams"]),
    )
    tell(f"   cap of the enterprise: {tonnes(rules['cap_grams'])}")
    used = story.phase(
        "offset",
        "8. The enterprise asks what it may use, is refused one gram more, and offsets.",
        lambda: offset(registry, cast, memory, batch),
    )
    tell(f"   refused: {used['refused_offset_message']}")
    tell(f"   offset: {tonnes(used['offset_grams'])}")
    wuhan = used["wuhan_quote"]
    tell(f"   an enterprise of Wuhan may use {wuhan['grams']} g of it; what binds: {wuhan['binding_rule']}")
    retired = story.phase(
        "retire",
        "   An event is made carbon neutral.",
        lambda: retire(registry, cast, memory, batch, transferred["to"]["event host"]),
    )
    tell(f"   retired: {tonnes(retired['retired_grams'])}")
    certified = story.phase(
        "certificates",
        "9. Certificates are made and verified offline; a tampered one is rejected.",
        lambda: certify(registry, memory, [used["retirement_id"], retired["retirement_id"]]),
    )
    for path in certified["certificates"]:
        tell(f"   valid: {path}")
    tell(f"   tampered: {certified['tampered_reason']}")
    walked = story.phase(
        "provenance", "   Provenance is walked both ways.", lambda: walk(registry, retired["retirement_id"])
    )
    tell("   certificate")
    for step in walked["steps_down"]:
        tell(f"     <- {step}")
    tell(f"     <- {walked['acts_in_certificate']:,} rides, such as")
    tell(f"   ride {walked['act_id']}")
    for use in walked["used_by"]:
        tell(f"     -> {use}")
    tell(f"   another ride: {walked['unused_act_says']}")
    return {**issued, **transferred, **used, **retired, **certified, **walked}
