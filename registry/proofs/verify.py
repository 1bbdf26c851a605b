"""Checking a certificate with nothing but the file: no network, no database, no word of the registry."""

from dataclasses import dataclass
from typing import Any

from registry.domain.errors import RegistryError
from registry.proofs.anchor import Assumption, GivenBy, Trust, anchor
from registry.proofs.document import first_difference, parse, read_material, render
from registry.proofs.errors import InvalidCertificate, reason
from registry.proofs.header import Header
from registry.proofs.proving import Check, prove


@dataclass(frozen=True, slots=True)
class Verification:
    """A valid certificate: its facts, what was checked, and what remains to be believed."""

    document: dict[str, Any]
    content_hash: str
    checks: tuple[Check, ...]
    assumptions: tuple[Assumption, ...]

    @property
    def is_anchored(self) -> bool:
        """Whether the reader himself knew everything that no proof shows.

        If not, the file's own word was taken for it, and whoever makes up a chain of his own can make such a file.
        """
        return all(assumption.given_by is GivenBy.READER for assumption in self.assumptions)


def verify_certificate(data: bytes, trust: Trust | None = None) -> Verification:
    """Recomputes the whole certificate from the proofs in it and compares every byte.

    Args:
        data: the file.
        trust: what the reader knows of the chain; without it the file's word is taken, and the result says for what.

    Raises:
        InvalidCertificate: with the JSON path of the first thing that is wrong, what is stated and what is proven.
    """
    known = trust or Trust()
    document = parse(data)
    material = read_material(document)
    assumptions = _stated(document, known)
    proven = prove(material)
    # A changed fact changes the hash of the content too; the fact is what the reader wants to hear of.
    difference = first_difference(
        {**document, "content_hash": None}, {**proven.document, "content_hash": None}
    ) or first_difference(document, proven.document)
    if difference:
        path, stated, shown = difference
        problem = "the file states something else than what its proofs show"
        raise InvalidCertificate(path=path, problem=problem, stated=stated, proven=shown)
    if render(proven.document) != data:
        raise InvalidCertificate(path="$", problem=_form_problem(data, render(proven.document)))
    checks = list(proven.checks)
    checks.append(Check("content_hash", f"{proven.document['content_hash']}, and every byte is as it was made"))
    for header, path in (
        (proven.retirement_header, "$.proofs.retirement.block_hash"),
        (proven.report_header, "$.proofs.report.block_hash"),
    ):
        assumption, found = _anchored(header, known, path)
        assumptions.append(assumption)
        checks.append(Check("block", found))
    return Verification(
        document=proven.document,
        content_hash=proven.document["content_hash"],
        checks=tuple(checks),
        assumptions=tuple(assumptions),
    )


def _stated(document: dict[str, Any], trust: Trust) -> list[Assumption]:
    """Compares chain id and contracts with what the reader knows."""
    chain = document["chain"]
    assumptions = [_assumed("chain_id", chain["chain_id"], trust.chain_id, "$.chain.chain_id")]
    for name, address in sorted(chain["contracts"].items()):
        path = f"$.chain.contracts.{name}"
        known = None if trust.contracts is None else trust.contracts.get(name)
        if trust.contracts is not None and known is None:
            raise InvalidCertificate(path=path, problem="you trust contracts, but none of this name", stated=address)
        assumptions.append(_assumed(name, address, known, path))
    return assumptions


def _assumed(subject: str, stated: Any, known: Any, path: str) -> Assumption:
    if known is None:
        return Assumption(subject, GivenBy.FILE, str(stated))
    if stated != known:
        raise InvalidCertificate(
            path=path, problem="the file is of another chain or register", stated=stated, proven=known
        )
    return Assumption(subject, GivenBy.READER, str(stated))


def _anchored(header: Header, trust: Trust, path: str) -> tuple[Assumption, str]:
    try:
        return anchor(header, trust)
    except RegistryError as error:
        raise InvalidCertificate(path=path, problem=reason(error)) from error


def _form_problem(data: bytes, expected: bytes) -> str:
    """The facts are right but the bytes are not those of the one form: where they part."""
    length = min(len(data), len(expected))
    position = next((index for index in range(length) if data[index] != expected[index]), length)
    line = data.count(b"\n", 0, position) + 1
    return f"the file is not in its one form from byte {position}, line {line}; blanks or escapes were changed"
