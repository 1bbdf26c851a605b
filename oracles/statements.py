"""Declared results (forestry, manure): what a verifier states of each record, as it lies in a package.

    statements.json   {"format": "puhui-statements/1", "statements": [{"act_key", "starts_at", "ends_at", "grams",
                      "document_sha256", "verifier", "signature"}, ...]}, canonical JSON, by act key

A statement is signed for one project and one network, and stands for exactly one record, which has its act key, its
time and its grams. Whatever is missing, altered, doubled or of another project is refused, by its act key.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_keys.exceptions import BadSignature

from oracles.package_format import STATEMENTS_NAME
from registry.domain.canonical import canonical_json, parse_strict_json
from registry.domain.errors import InvalidEvidence, InvalidInput
from registry.domain.evidence import DeclaredResult, result_typed_data
from registry.domain.methodology import Methodology

STATEMENTS_FORMAT = "puhui-statements/1"
STATEMENTS_MAX = 10_000
_STATEMENT_BYTES_MAX = 4 * 1024
_KEYS = {"act_key", "starts_at", "ends_at", "grams", "document_sha256", "verifier", "signature"}
_HEX_32 = re.compile(r"[0-9a-f]{64}")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
_SIGNATURE = re.compile(r"[0-9a-f]{130}")


@dataclass(frozen=True, slots=True)
class SignedResult:
    """A declared result with its verifier's signature."""

    result: DeclaredResult
    verifier: str
    signature: bytes

    def to_json(self) -> dict[str, Any]:
        """One entry of statements.json."""
        return {
            "act_key": self.result.act_key,
            "starts_at": self.result.starts_at,
            "ends_at": self.result.ends_at,
            "grams": self.result.grams,
            "document_sha256": self.result.document_hash.hex(),
            "verifier": self.verifier,
            "signature": self.signature.hex(),
        }


def sign_result(result: DeclaredResult, verifier: LocalAccount, chain_id: int) -> SignedResult:
    """Signs; the verifier has to have verified the result before."""
    signable = encode_typed_data(full_message=result_typed_data(result, chain_id))
    return SignedResult(result, str(verifier.address), bytes(verifier.sign_message(signable).signature))


def statements_bytes(results: Iterable[SignedResult]) -> bytes:
    """The content of statements.json: the same for the same statements in any order. Raises InvalidEvidence."""
    ordered = sorted(results, key=lambda each: each.result.act_key)
    _check_number(len(ordered))
    for before, after in pairwise(ordered):
        if before.result.act_key == after.result.act_key:
            raise _invalid(after.result.act_key, "has two statements")
    content = {"format": STATEMENTS_FORMAT, "statements": [each.to_json() for each in ordered]}
    return canonical_json(content, STATEMENTS_NAME)


def read_statement(content: Any, project_id: int, what: str) -> SignedResult:
    """One entry, its signature not checked. Raises InvalidEvidence."""
    if not isinstance(content, dict) or content.keys() != _KEYS:
        raise InvalidEvidence(what=what, problem=f"has to hold {', '.join(sorted(_KEYS))}, and nothing else")
    for name, pattern in (("document_sha256", _HEX_32), ("verifier", _ADDRESS), ("signature", _SIGNATURE)):
        if not isinstance(content[name], str) or not pattern.fullmatch(content[name]):
            raise InvalidEvidence(what=f"{what}, {name}", problem=f"has not the form {pattern.pattern}")
    try:
        result = DeclaredResult(
            project_id,
            content["act_key"],
            content["starts_at"],
            content["ends_at"],
            content["grams"],
            bytes.fromhex(content["document_sha256"]),
        )
    except InvalidInput as cause:
        raise InvalidEvidence(what=what, problem=str(cause).rstrip(".")) from cause
    return SignedResult(result, content["verifier"], bytes.fromhex(content["signature"]))


def read_statements(folder: Path, project_id: int) -> list[SignedResult]:
    """The statement files of a folder, one statement each. Raises InvalidEvidence."""
    files = sorted(folder.glob("*.json"))
    if not files:
        raise InvalidEvidence(what=str(folder), problem="holds no statement of a verifier (*.json)")
    _check_number(len(files))
    return [read_statement(_parsed(file), project_id, str(file)) for file in files]


def _parsed(file: Path) -> Any:
    try:
        with file.open("rb") as opened:
            content = opened.read(_STATEMENT_BYTES_MAX + 1)
    except OSError as cause:
        raise InvalidEvidence(what=str(file), problem=f"cannot be read: {cause.strerror}") from cause
    if len(content) > _STATEMENT_BYTES_MAX:
        raise InvalidEvidence(what=str(file), problem=f"more than {_STATEMENT_BYTES_MAX} bytes")
    return _parse(content, str(file))


def _parse(content: bytes, what: str) -> Any:
    try:
        return parse_strict_json(content, what)
    except InvalidEvidence:
        raise
    except InvalidInput as cause:
        raise InvalidEvidence(what=what, problem=str(cause).rstrip(".")) from cause


def check_declared(methodology: Methodology, scenario: int, has_statements: bool, what: str) -> None:
    """Raises InvalidEvidence unless there are statements exactly where the scenario's results are declared."""
    declared = methodology.scenario(scenario).declared
    if declared != has_statements:
        of = f"scenario {scenario} of {methodology.id}"
        problem = (
            f"results of {of} are declared: it needs a verifier's statement of each (puhui sign-statement)"
            if declared
            else f"grams of {of} are computed, not declared: statements have no place in it"
        )
        raise InvalidEvidence(what=what, problem=problem)


class Statements:
    """The statements of a package, each with a valid signature, waiting for its record."""

    def __init__(self, results: Sequence[SignedResult]) -> None:
        self._waiting = {each.result.act_key: each.result for each in results}

    @classmethod
    def read(
        cls, content: bytes, project_id: int, chain_id: int, allowed_verifiers: Collection[str] | None
    ) -> Statements:
        """Reads statements.json and checks every signature. allowed_verifiers: as in `load_package`.

        Raises InvalidEvidence.
        """
        top = _parse(content, STATEMENTS_NAME)
        if not isinstance(top, dict) or top.keys() != {"format", "statements"} or top["format"] != STATEMENTS_FORMAT:
            raise InvalidEvidence(what=STATEMENTS_NAME, problem=f"has to be of the form {STATEMENTS_FORMAT}")
        if not isinstance(top["statements"], list):
            raise InvalidEvidence(what=STATEMENTS_NAME, problem="statements has to be a list")
        _check_number(len(top["statements"]))
        results = [
            read_statement(each, project_id, f"{STATEMENTS_NAME}, statement {place}")
            for place, each in enumerate(top["statements"], start=1)
        ]
        # Doubled ones are found here, and any other writing of the same content.
        if statements_bytes(results) != content:
            raise InvalidEvidence(what=STATEMENTS_NAME, problem="it is not in canonical form, by act key")
        for each in results:
            _check_signature(each, chain_id, allowed_verifiers)
        return cls(results)

    def meet(
        self, act_keys: Sequence[str], starts: Sequence[int], durations: Sequence[int], quantities: Sequence[int]
    ) -> None:
        """Records, each of which has to be what its statement says. Raises InvalidEvidence."""
        for act_key, start, duration, quantity in zip(act_keys, starts, durations, quantities, strict=True):
            result = self._waiting.pop(act_key, None)
            if result is None:
                raise _invalid(act_key, "its record has no statement of its own")
            for what, found, stated in (
                ("starts at", start, result.starts_at),
                ("ends at", start + duration, result.ends_at),
                ("grams", quantity, result.grams),
            ):
                if found != stated:
                    raise _invalid(act_key, f"its record has {what} {found}, the verifier stated {stated}")

    def check_all_met(self) -> None:
        """Raises InvalidEvidence if a statement has no record."""
        if self._waiting:
            problem = f"its statement has no record, nor have {len(self._waiting) - 1} others"
            raise _invalid(min(self._waiting), problem)


def _check_signature(signed: SignedResult, chain_id: int, allowed_verifiers: Collection[str] | None) -> None:
    act_key, named = signed.result.act_key, signed.verifier
    try:
        signable = encode_typed_data(full_message=result_typed_data(signed.result, chain_id))
        recovered = str(Account.recover_message(signable, signature=signed.signature))
    except (ValueError, BadSignature) as cause:
        raise _invalid(act_key, f"the signature of its statement is none: {cause}") from cause
    if recovered.lower() != named.lower():
        problem = f"the signature over this statement for this project on chain {chain_id} is of {recovered}, not of "
        raise _invalid(act_key, f"{problem}{named}: it was altered, or made for another project")
    if allowed_verifiers is not None and recovered not in allowed_verifiers:
        allowed = ", ".join(allowed_verifiers) or "none"
        raise _invalid(act_key, f"{recovered} is no verifier of this jurisdiction; allowed: {allowed}")


def _check_number(count: int) -> None:
    if not 1 <= count <= STATEMENTS_MAX:
        problem = f"has {count} statements; a package of declared results has 1 to {STATEMENTS_MAX}"
        raise InvalidEvidence(what=STATEMENTS_NAME, problem=problem)


def _invalid(act_key: str, problem: str) -> InvalidEvidence:
    return InvalidEvidence(what=f"declared result {act_key}", problem=problem)
