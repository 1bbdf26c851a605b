"""`puhui certificate` and `puhui verify`: a certificate is made from the register and checked without it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from registry.cli.console import emit
from registry.cli.options import HOME_DEFAULT, HomeOption, JsonOption
from registry.domain.canonical import parse_strict_json
from registry.domain.errors import InvalidInput
from registry.proofs.anchor import GivenBy, Trust
from registry.proofs.document import CONTRACTS, FILE_BYTES_MAX
from registry.proofs.verify import Verification, verify_certificate
from registry.services.accounts import Commitment
from registry.services.certificates import write_certificate
from registry.services.home import Home
from registry.services.registry import open_registry
from registry.services.views.references import read_account, read_hash


def verification_output(path: Path, result: Verification) -> tuple[dict[str, Any], str]:
    """What `verify` prints."""
    lines = [f"VALID  {path}"]
    lines += [f"  checked  {check.subject}: {check.found}" for check in result.checks]
    lines += [
        f"  trusts   {assumption.subject} {assumption.value}, "
        + ("which you gave" if assumption.given_by is GivenBy.READER else "which only the file states")
        for assumption in result.assumptions
    ]
    if not result.is_anchored:
        lines.append(
            "  To trust nothing that the file says of itself, give --network, and --block-hash or --validator, from a "
            "node or a publication that you trust."
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


def read_trust(network: Path | None, block_hashes: list[str], validators: list[str]) -> Trust:
    """What the reader knows: chain id and contracts of a network file, block hashes, one set of validators.

    Raises InvalidInput, naming what does not read.
    """
    chain_id, contracts = None, None
    if network is not None:
        known = _network_file(network)
        chain_id = known["chain_id"]
        contracts = {name: known["contracts"][name] for name in CONTRACTS}
    hashes = frozenset(read_hash(text, "block hash") for text in block_hashes) or None
    addresses = frozenset(read_account(text, "validator") for text in validators)
    return Trust(
        chain_id=chain_id,
        contracts=contracts,
        block_hashes=hashes,
        validator_sets=(addresses,) if addresses else None,
    )


def _network_file(path: Path) -> dict[str, Any]:
    known = parse_strict_json(_content(path, "network file"), f"network file {path}")
    if not isinstance(known, dict):
        raise InvalidInput(field="network file", problem="is not a JSON object", given=str(path))
    contracts = known.get("contracts")
    if not isinstance(contracts, dict) or type(known.get("chain_id")) is not int:
        raise InvalidInput(field="network file", problem="needs chain_id and contracts", given=str(path))
    missing = [name for name in CONTRACTS if name not in contracts]
    if missing:
        raise InvalidInput(field="network file", problem=f"lacks the contracts {', '.join(missing)}", given=str(path))
    return known


def _content(path: Path, field: str) -> bytes:
    """The bytes of a file (or pipe) that somebody handed in, which is not larger than a certificate can be."""
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
    except (OSError, ValueError) as cause:
        problem = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
        raise InvalidInput(field=field, problem=problem, given=str(path)) from cause
    if len(content) > FILE_BYTES_MAX:
        raise InvalidInput(field=field, problem=f"has more than {FILE_BYTES_MAX} bytes", given=str(path))
    return content


def register(app: typer.Typer) -> None:
    """Adds the commands."""

    @app.command("certificate")
    def certificate(
        retirement_id: Annotated[int, typer.Argument(help="Number of the retirement.", min=1, max=2**63 - 1)],
        output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write.")] = None,
        beneficiary: Annotated[str | None, typer.Option(help="Show the beneficiary: its text, with --salt.")] = None,
        salt: Annotated[
            str | None, typer.Option(help="Salt of the beneficiary's commitment, 0x and 64 digits.")
        ] = None,
        home: HomeOption = HOME_DEFAULT,
        json_output: JsonOption = False,
    ) -> None:
        """Writes the certificate of a retirement or offset."""
        opened = _opening(beneficiary, salt)
        with open_registry(Home(home)) as registry:
            registry.indexer.run_to_head()
            path = write_certificate(registry, retirement_id, output, opened)
        emit({"certificate": str(path)}, f"Certificate written to {path}.", json_output)

    @app.command("verify")
    def verify(
        file: Annotated[Path, typer.Argument(help="The certificate.")],
        block_hash: Annotated[
            list[str] | None, typer.Option("--block-hash", help="Hash of a block that you trust; repeatable.")
        ] = None,
        network: Annotated[
            Path | None, typer.Option("--network", help="File with chain_id and contracts that you trust.")
        ] = None,
        validator: Annotated[
            list[str] | None,
            typer.Option(
                "--validator", help="Address of a validator that you trust, on a QBFT network; repeat for all."
            ),
        ] = None,
        json_output: JsonOption = False,
    ) -> None:
        """Checks a certificate offline: no network, no database. Exit code 0 only if it is valid."""
        trust = read_trust(network, block_hash or [], validator or [])
        emit(*verification_output(file, verify_certificate(_content(file, "certificate"), trust)), json_output)


def _opening(beneficiary: str | None, salt: str | None) -> Commitment | None:
    if (beneficiary is None) != (salt is None):
        raise InvalidInput(field="beneficiary", problem="needs both --beneficiary and --salt", given=beneficiary)
    if beneficiary is None or salt is None:
        return None
    return Commitment.of(beneficiary, read_hash(salt, "salt"))
