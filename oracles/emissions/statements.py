"""A table of verified emissions becomes statements, one file an enterprise and year, each signed by a verifier.

{"account", "year", "grams", "document_sha256", "verifier", "signature"}: canonical JSON; its SHA-256 is the evidence
hash of the figure on chain
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_keys.exceptions import BadSignature

from oracles.packing.mapping_model import EmissionsMapping
from oracles.packing.records import RowRejected, check_encoding
from oracles.packing.table import Row, Source, open_table
from registry.domain.canonical import canonical_json, parse_strict_json
from registry.domain.errors import InvalidEvidence, InvalidInput, RegistryError
from registry.domain.evidence import EmissionStatement, emission_typed_data
from registry.domain.units import MAX_GRAMS

STATEMENT_BYTES_MAX = 4 * 1024
_AMOUNT = re.compile(r"[0-9]{1,15}(\.[0-9]{1,12})?")
_FILE_NAME = re.compile(r"[^/\\\0]{1,200}")
_KEYS = {"account", "year", "grams", "document_sha256", "verifier", "signature"}


@dataclass(frozen=True, slots=True)
class Emissions:
    """What became of a table's rows: rows = statements + rejected."""

    rows: int
    statements: dict[str, EmissionStatement]
    """Account as the table writes it -> statement."""
    rejected: list[tuple[int, str]]
    """Row number and reason."""

    @property
    def reasons(self) -> dict[str, int]:
        """Rejected rows by reason."""
        return dict(Counter(reason for _, reason in self.rejected))


class _Rejected(Exception):
    """A row that is no statement; holds the reason only."""


def read_emissions(
    table: Source, mapping: EmissionsMapping, year: int, reports: Path, account_of: Callable[[str], str]
) -> Emissions:
    """Reads a table of emissions of one year.

    reports: the folder of the verification reports that the table names.
    account_of: checksum address of an account's text; raises RegistryError if it was not opened.

    Raises MissingColumns, UnreadableInput.
    """
    found: dict[str, list[tuple[int, str, EmissionStatement]]] = {}
    rejected: list[tuple[int, str]] = []
    rows = 0
    columns = (mapping.account, mapping.year, mapping.amount, mapping.document)
    with open_table(table, mapping.form) as opened:
        for number, cells in opened.rows(columns):
            rows = number
            try:
                statement = _statement(cells, mapping, year, reports, account_of)
                found.setdefault(statement.account, []).append((number, str(cells and cells[0].strip()), statement))
            except (_Rejected, RowRejected) as refusal:
                rejected.append((number, str(refusal)))
    statements = {}
    for same in found.values():
        if len(same) > 1:
            rejected.extend((number, "repeated_account") for number, _, _ in same)
        else:
            statements[same[0][1]] = same[0][2]
    return Emissions(rows, statements, sorted(rejected))


def _statement(
    cells: Row | None, mapping: EmissionsMapping, year: int, reports: Path, account_of: Callable[[str], str]
) -> EmissionStatement:
    if cells is None:
        raise _Rejected("wrong_shape")
    check_encoding(cells)
    account, year_text, amount, document = (cell.strip() for cell in cells)
    if year_text != str(year):
        raise _Rejected("other_year")
    unit = mapping.grams_per_unit
    grams = Fraction(amount) * unit.numerator / unit.divisor if _AMOUNT.fullmatch(amount) else Fraction(0)
    # Never rounded: down, an enterprise would owe less than it emitted; up, more.
    if grams.denominator != 1 or not 1 <= grams <= MAX_GRAMS:
        raise _Rejected("bad_amount")
    if not _FILE_NAME.fullmatch(document) or not (reports / document).is_file():
        raise _Rejected("bad_document")
    try:
        address = account_of(account)
    except InvalidInput:
        raise _Rejected("bad_account") from None
    except RegistryError:
        raise _Rejected("unknown_account") from None
    digest = hashlib.sha256((reports / document).read_bytes()).digest()
    return EmissionStatement(address, year, int(grams), digest)


def signed_bytes(statement: EmissionStatement, verifier: LocalAccount, chain_id: int) -> bytes:
    """The file of a statement, with the signature of a verifier who has verified it before."""
    signable = encode_typed_data(full_message=emission_typed_data(statement, chain_id))
    content = {
        "account": statement.account,
        "year": statement.year,
        "grams": statement.grams,
        "document_sha256": statement.document_hash.hex(),
        "verifier": str(verifier.address),
        "signature": bytes(verifier.sign_message(signable).signature).hex(),
    }
    return canonical_json(content, "statement")


def read_signed(path: Path, chain_id: int) -> tuple[EmissionStatement, str, bytes]:
    """A statement, the verifier whose signature holds, and the evidence hash. Raises InvalidEvidence."""
    with path.open("rb") as file:
        content = file.read(STATEMENT_BYTES_MAX + 1)
    what = str(path)
    if len(content) > STATEMENT_BYTES_MAX:
        raise InvalidEvidence(what=what, problem=f"more than {STATEMENT_BYTES_MAX} bytes")
    try:
        read = parse_strict_json(content, path.name)
        if not isinstance(read, dict) or read.keys() != _KEYS:
            raise InvalidEvidence(what=what, problem=f"has to hold {', '.join(sorted(_KEYS))}, and nothing else")
        document = bytes.fromhex(read["document_sha256"])
        statement = EmissionStatement(read["account"], read["year"], read["grams"], document)
        signable = encode_typed_data(full_message=emission_typed_data(statement, chain_id))
        recovered = str(Account.recover_message(signable, signature=bytes.fromhex(read["signature"])))
    except InvalidEvidence:
        raise
    except (InvalidInput, ValueError, TypeError, BadSignature) as cause:
        raise InvalidEvidence(what=what, problem=f"it is no signed statement ({str(cause).rstrip('.')})") from cause
    if recovered != read["verifier"]:
        problem = f"the signature over this statement on chain {chain_id} is of {recovered}, not of {read['verifier']}"
        raise InvalidEvidence(what=what, problem=f"{problem}: it was altered, or made for another network")
    return statement, recovered, hashlib.sha256(content).digest()


def check_verifier(path: Path, verifier: str, allowed: Collection[str]) -> None:
    """Raises InvalidEvidence unless the verifier may verify for the account's jurisdiction."""
    if verifier not in allowed:
        problem = f"{verifier} is no verifier of this jurisdiction; allowed: {', '.join(allowed) or 'none'}"
        raise InvalidEvidence(what=str(path), problem=problem)
