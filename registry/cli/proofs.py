"""`puhui certificate`, `verify`, `act`, `provenance`: where a credit came from and where it went."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from registry.cli.console import emit
from registry.cli.options import HOME_DEFAULT, HomeOption, JsonOption
from registry.domain.acts import act_id, parse_act_key
from registry.domain.errors import InvalidInput
from registry.log.store import LogStore
from registry.proofs.anchor import Trust
from registry.proofs.verify import Verification, verify_certificate
from registry.services.accounts import Commitment
from registry.services.certificates import write_certificate
from registry.services.home import Home
from registry.services.registry import Registry, open_registry
from registry.services.views.provenance import Asked, Provenance, SubjectKind, provenance


def verification_output(path: Path, result: Verification) -> tuple[dict[str, Any], str]:
    """What `verify` prints."""
    lines = [f"VALID  {path}"]
    lines += [f"  checked  {check.subject}: {check.found}" for check in result.checks]
    lines += [
        f"  trusts   {assumption.subject} {assumption.value}, "
        + ("which you gave" if assumption.given_by == "reader" else "which only the file states")
        for assumption in result.assumptions
    ]
    if not result.is_anchored:
        lines.append(
            "  To trust nothing that the file says of itself, give --network and --block-hash from a node or a "
            "publication that you trust."
        )
    data = {
        "valid": True,
        "file": str(path),
        "content_hash": result.content_hash,
        "anchored": result.is_anchored,
        "checks": result.checks,
        "assumptions": result.assumptions,
        "event": result.document["event"],
    }
    return data, "\n".join(lines)


def read_trust(network: Path | None, block_hashes: list[str]) -> Trust:
    """What the reader knows, from a network file (chain id, contracts) and block hashes. Raises InvalidInput."""
    chain_id, contracts = None, None
    if network is not None:
        try:
            known = json.loads(network.read_text("utf-8"))
            chain_id = known["chain_id"]
            contracts = {name: known["contracts"][name] for name in ("Credits", "OracleCommittee", "Compliance")}
        except (OSError, ValueError, KeyError, TypeError) as cause:
            raise InvalidInput(
                field="network file", problem=f"cannot be read: {cause!r}", given=str(network)
            ) from cause
    try:
        hashes = frozenset(bytes.fromhex(text.removeprefix("0x")) for text in block_hashes) or None
    except ValueError:
        raise InvalidInput(
            field="block hash", problem="must be 0x and 64 hexadecimal digits", given=block_hashes
        ) from None
    return Trust(chain_id=chain_id, contracts=contracts, block_hashes=hashes)


def provenance_text(found: Provenance) -> str:
    """A provenance for people: where it came from, then where it went, a step a line."""
    lines = [f"{found.kind.value} {found.id}, as of block {found.as_of.block_number}"]
    lines += [f"  came from  {step.kind.value} {step.id}" for step in found.down]
    if found.acts is not None:
        lines.append(f"  came from  {found.acts.end_leaf - found.acts.first_leaf} acts of the log")
    lines += [f"  went to    {step.kind.value} {step.id}" for step in found.up]
    if found.outcome is not None:
        lines.append(f"  {found.outcome.value.replace('_', ' ')}")
    lines += [f"  set aside  {entry.words[0]}" for entry in found.quarantines]
    return "\n".join(lines)


def register(app: typer.Typer) -> None:
    """Adds the commands."""

    @app.command("certificate")
    def certificate(
        retirement_id: int,
        output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write.")] = None,
        beneficiary: Annotated[str | None, typer.Option(help="Show the beneficiary: its text, with --salt.")] = None,
        salt: Annotated[
            str | None, typer.Option(help="Salt of the beneficiary's commitment, 0x and 64 digits.")
        ] = None,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Writes the certificate of a retirement or offset."""
        if (beneficiary is None) != (salt is None):
            raise InvalidInput(field="beneficiary", problem="needs both --beneficiary and --salt", given=beneficiary)
        try:
            opened = Commitment(beneficiary, bytes.fromhex(salt.removeprefix("0x"))) if beneficiary and salt else None
        except ValueError:
            raise InvalidInput(field="salt", problem="must be 0x and hexadecimal digits", given=salt) from None
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            path = write_certificate(registry, retirement_id, output, opened)
        emit({"certificate": str(path)}, f"Certificate written to {path}.", json_output)

    @app.command("verify")
    def verify(
        file: Path,
        block_hash: Annotated[
            list[str] | None, typer.Option("--block-hash", help="Hash of a block that you trust; repeatable.")
        ] = None,
        network: Annotated[
            Path | None, typer.Option("--network", help="File with chain_id and contracts that you trust.")
        ] = None,
        json_output: JsonOption = False,
    ) -> None:
        """Checks a certificate offline: no network, no database."""
        try:
            content = file.read_bytes()
        except OSError as cause:
            raise InvalidInput(field="certificate", problem=str(cause.strerror), given=str(file)) from cause
        emit(
            *verification_output(file, verify_certificate(content, read_trust(network, block_hash or []))), json_output
        )

    @app.command("act")
    def act(
        key: Annotated[
            str, typer.Argument(help="The act's key, such as 'shared-bike;bike=1;start=...', or its act id.")
        ],
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Finds one act: where it is in the log, or why it was set aside, and what used it."""
        with open_registry(Home(home)) as registry:
            wanted = key
            if not key.startswith("0x"):
                parse_act_key(key)
                wanted = "0x" + act_id(registry.network.pepper, key).hex()
            found = _traced(registry, SubjectKind.ACT, wanted)
        emit(found, provenance_text(found), json_output)

    @app.command("provenance")
    def trace(
        kind: Annotated[SubjectKind, typer.Argument(help="What it is.")],
        identifier: Annotated[str, typer.Argument(help="Its number, serial, hash or address.")],
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Walks from anything in the register both ways: where it came from and where it went."""
        with open_registry(Home(home)) as registry:
            found = _traced(registry, kind, identifier)
        emit(found, provenance_text(found), json_output)


def _traced(registry: Registry, kind: SubjectKind, identifier: str) -> Provenance:
    registry.indexer.run_to_head()
    with registry.database.session() as session:
        asked = Asked(session, lambda project_id: LogStore(registry.home.log_folder(project_id)))
        return provenance(asked, kind, identifier)
