"""`puhui committee`: oracle committees and arbiters. Members sign alone into files, anybody submits a quorum of them.

What the Desk has to decide (propose, replace, reinstate) is proposed here and approved with `puhui desk approve`.
"""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from registry.cli.console import emit
from registry.cli.desk import what_happened
from registry.cli.options import (
    HOME_DEFAULT,
    AsOption,
    HomeOption,
    JsonOption,
    JurisdictionArgument,
    KeyOption,
    ProjectArgument,
    ReasonOption,
    address_of,
    file_hash,
    once,
    person,
    project_of,
)
from registry.cli.proposing import propose_and_tell
from registry.cli.readable import Reader
from registry.domain.typed_data import Signed
from registry.services import committees, membership, signatures
from registry.services.home import Home
from registry.services.membership import WINDOW_SECONDS_MAX
from registry.services.registry import Registry, open_registry
from registry.services.views import committees as views
from registry.services.views.paging import LIMIT_MAX, PageRequest

VALID_SECONDS = 30 * 86_400

SignerOption = Annotated[list[str], typer.Option("--signer", help="Key name or address; repeat, at least four.")]
DisputeSecondsOption = Annotated[
    int, typer.Option(help="How long an accepted report waits before it is final.", min=0, max=WINDOW_SECONDS_MAX)
]
ActivationSecondsOption = Annotated[
    int, typer.Option(help="How long a committee waits that is to follow this one.", min=0, max=WINDOW_SECONDS_MAX)
]
SeqArgument = Annotated[int, typer.Argument(help="Number of the report.", min=1, max=2**63 - 1)]
OutOption = Annotated[Path, typer.Option("--out", help="File to write the signature to; must not exist.")]
SignatureOption = Annotated[
    list[Path], typer.Option("--signature", help="File of one member's signature; repeat up to the quorum.")
]
ValidOption = Annotated[
    int | None, typer.Option("--valid-until", help="Last second (UTC, since 1970) it counts; all must sign the same.")
]


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    group = typer.Typer(help="Oracle committees and arbiters.", no_args_is_help=True)
    app.add_typer(group, name="committee")
    _register_decided(group)
    _register_show(group)
    _register_handing_over(group)
    _register_disputes(group)
    _register_list_of_disputes(group)
    _register_equivocation(group)


def valid_until(given: int | None) -> int:
    """The given second, or the end of the day 30 days ahead: members who sign on one day sign the same."""
    return given or (int(time.time()) + VALID_SECONDS) // 86_400 * 86_400


def sign_and_tell(registry: Registry, who: str, signed: Signed, out: Path, json_output: bool) -> None:
    """Signs with a key of this home and writes the file."""
    made = signatures.sign(registry, person(registry, who), signed)
    signatures.write(made, out)
    emit({"file": str(out), **made.as_json()}, f"{who} signed a {signed.SCHEMA.primary}: {out}", json_output)


def _register_decided(group: typer.Typer) -> None:
    @group.command("propose")
    def propose(
        jurisdiction: JurisdictionArgument,
        signer: SignerOption,
        who: AsOption,
        dispute_seconds: DisputeSecondsOption = 0,
        activation_seconds: ActivationSecondsOption = 0,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes the first committee of a jurisdiction (0: the arbiters), or the next one."""
        with open_registry(Home(home)) as registry:
            signers = [address_of(registry, text) for text in signer]
            call = membership.set_committee(jurisdiction, signers, dispute_seconds, activation_seconds)
            propose_and_tell(registry, person(registry, who), call, key, json_output)

    @group.command("replace")
    def replace(
        jurisdiction: JurisdictionArgument,
        signer: SignerOption,
        who: AsOption,
        dispute_seconds: DisputeSecondsOption = 0,
        activation_seconds: ActivationSecondsOption = 0,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes to the council a committee in the place of one that lost its keys."""
        with open_registry(Home(home)) as registry:
            signers = [address_of(registry, text) for text in signer]
            call = membership.replace_committee(jurisdiction, signers, dispute_seconds, activation_seconds)
            propose_and_tell(registry, person(registry, who), call, key, json_output)

    @group.command("reinstate")
    def reinstate(
        jurisdiction: JurisdictionArgument,
        signer: Annotated[str, typer.Argument(help="Key name or address of the suspended signer.")],
        reason: ReasonOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Proposes that a suspended signer may sign again."""
        with open_registry(Home(home)) as registry:
            call = membership.reinstate_signer(jurisdiction, address_of(registry, signer), reason)
            propose_and_tell(registry, person(registry, who), call, key, json_output)


def _register_show(group: typer.Typer) -> None:
    @group.command("show")
    def show(
        jurisdiction: JurisdictionArgument, home: HomeOption = HOME_DEFAULT, json_output: JsonOption = False
    ) -> None:
        """Shows the committee in office, the one proposed, and who is suspended."""
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            with registry.database.session() as session:
                office = committees.in_office(session, jurisdiction)
                proposed = committees.proposed(session, jurisdiction)
                suspended = committees.suspended(session, jurisdiction)
            reader = Reader(registry)
            data = {"in_office": _seats(office), "proposed": _seats(proposed), "suspended": suspended}
            lines = [f"Epoch {office.epoch}, {office.quorum} of {len(office.signers)} sign:"]
            lines += [f"  {reader.who(signer)}" for signer in office.signers]
            if proposed is not None:
                lines += [f"Proposed for epoch {proposed.epoch}, due {proposed.due_at:%Y-%m-%d %H:%M:%S} UTC:"]
                lines += [f"  {reader.who(signer)}" for signer in proposed.signers]
            lines += [f"Suspended: {reader.who(signer)}" for signer in suspended]
        emit(data, "\n".join(lines), json_output)


def _register_handing_over(group: typer.Typer) -> None:
    @group.command("approve-epoch")
    def approve_epoch(
        jurisdiction: JurisdictionArgument,
        who: AsOption,
        out: OutOption,
        until: ValidOption = None,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Signs, as a member of the committee in office, that the proposed one may follow it."""
        with open_registry(Home(home)) as registry:
            approval = committees.approval_of(registry, jurisdiction, valid_until(until))
            sign_and_tell(registry, who, approval, out, json_output)

    @group.command("begin-epoch")
    def begin_epoch(
        signature: SignatureOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Puts the proposed committee in office, with a quorum of approvals."""
        with open_registry(Home(home)) as registry:
            gathered = [signatures.read(registry, path) for path in signature]
            with once(key) as once_key:
                receipt = committees.begin_epoch(registry, person(registry, who), gathered, key=once_key)
            happened = what_happened(registry, receipt)
        emit({"events": happened}, "The committee is in office.", json_output)


def _register_disputes(group: typer.Typer) -> None:
    @group.command("dispute")
    def dispute(
        project: ProjectArgument,
        seq: SeqArgument,
        evidence: Annotated[Path, typer.Option(help="File that says what is wrong; only its SHA-256 goes on chain.")],
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Disputes a report that is not final yet. Only the arbiters end it."""
        with open_registry(Home(home)) as registry:
            digest = file_hash(evidence)
            with once(key) as once_key:
                disputer = person(registry, who)
                receipt = committees.dispute(registry, disputer, project_of(project), seq, digest, key=once_key)
            told = registry.event(receipt, "ReportDisputed")
        data = {"project_id": told["projectId"], "seq": seq, "digest": told["digest"], "evidence_hash": digest}
        emit(data, f"Report {seq} is disputed; the arbiters decide.", json_output)

    @group.command("sign-resolution")
    def sign_resolution(
        project: ProjectArgument,
        seq: SeqArgument,
        findings: Annotated[Path, typer.Option(help="File of the findings; only its SHA-256 goes on chain.")],
        upheld: Annotated[bool, typer.Option("--uphold/--overturn", help="Is the report right?")],
        who: AsOption,
        out: OutOption,
        until: ValidOption = None,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Signs, as an arbiter, the outcome of a dispute."""
        with open_registry(Home(home)) as registry:
            resolution = committees.resolution_of(
                registry,
                project_of(project),
                seq,
                upheld=upheld,
                findings_hash=file_hash(findings),
                valid_until=valid_until(until),
            )
            sign_and_tell(registry, who, resolution, out, json_output)

    @group.command("resolve")
    def resolve(
        signature: SignatureOption,
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Ends a dispute, with the signatures of a quorum of arbiters."""
        with open_registry(Home(home)) as registry:
            gathered = [signatures.read(registry, path) for path in signature]
            with once(key) as once_key:
                receipt = committees.resolve(registry, person(registry, who), gathered, key=once_key)
            told = registry.event(receipt, "ReportResolved")
        outcome = "upheld" if told["upheld"] else "overturned: another report takes its place"
        data = {"project_id": told["projectId"], "seq": told["seq"], "digest": told["digest"], "upheld": told["upheld"]}
        emit(data, f"Report {told['seq']} is {outcome}.", json_output)


def _register_list_of_disputes(group: typer.Typer) -> None:
    @group.command("disputes")
    def disputes(
        project: Annotated[str | None, typer.Option("--project", help="Only of this project.")] = None,
        ended: Annotated[bool, typer.Option("--all", help="Those that were decided, too.")] = False,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Lists the newest disputes that wait for the arbiters."""
        wanted = project_of(project) if project else None
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            reader = Reader(registry)
            with registry.database.session() as session:
                page = PageRequest(limit=LIMIT_MAX)
                found = views.disputes(session, page, project_id=wanted, open_only=not ended).items
        outcomes = {None: "open", True: "upheld", False: "overturned"}
        lines = [
            f"Report {each.seq} of {each.project.printed}, {outcomes[each.upheld]}: disputed by "
            f"{reader.who(each.disputed_by)}, digest 0x{each.digest.hex()}"
            for each in found
        ]
        rows = [{**dataclasses.asdict(each), "project": each.project.printed} for each in found]
        emit({"disputes": rows}, "\n".join(lines) or "There is no such dispute.", json_output)


def _register_equivocation(group: typer.Typer) -> None:
    @group.command("prove-equivocation")
    def prove_equivocation(
        first: Annotated[Path, typer.Argument(help="File of a signed report.")],
        second: Annotated[Path, typer.Argument(help="File of another one, by the same signer for the same place.")],
        who: AsOption,
        home: HomeOption = HOME_DEFAULT,
        key: KeyOption = None,
        json_output: JsonOption = False,
    ) -> None:
        """Has a signer suspended who signed two reports where one is allowed."""
        with open_registry(Home(home)) as registry:
            both = [signatures.read(registry, path) for path in (first, second)]
            with once(key) as once_key:
                receipt = committees.prove_equivocation(registry, person(registry, who), *both, key=once_key)
            told = registry.event(receipt, "SignerSuspended")
        data = {"jurisdiction": told["jurisdiction"], "signer": told["signer"]}
        emit(data, f"{told['signer']} is suspended in jurisdiction {told['jurisdiction']}.", json_output)


def _seats(seats: committees.Seats | None) -> dict[str, Any] | None:
    return None if seats is None else dataclasses.asdict(seats)
