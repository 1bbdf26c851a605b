"""Methodologies (方法学): the filed rule that turns a quantity into grams, read from a definition that is data.

A definition is a JSON file (its fields: registry/domain/methodologies/README.md). Its canonical hash is what is filed
on chain and what every report names; nothing of it is a constant in code. `Methodology.rule` fills the values of one
calendar year and one jurisdiction into the formula of a scenario. Per act:

    grams = floor(numerator / scale)

with integers only and one division, so that pure Python, DuckDB and Spark agree to the byte.
"""

import hashlib

from registry.domain.definition import (
    definition_bytes,
    definition_hash,
    definition_of,
    load_shipped,
    methodology_of,
    read_definition,
)
from registry.domain.errors import NotFileable
from registry.domain.methodology_model import (
    FORMAT,
    ActNaming,
    Baseline,
    Document,
    Field,
    Grade,
    Key,
    Limits,
    Methodology,
    Parameter,
    Scenario,
    Text,
    Value,
    ValueDocument,
)
from registry.domain.rule import BaselineRule, Rule

__all__ = [
    "FORMAT",
    "ActNaming",
    "Baseline",
    "BaselineRule",
    "Document",
    "Field",
    "Grade",
    "Key",
    "Limits",
    "Methodology",
    "Parameter",
    "Rule",
    "Scenario",
    "Text",
    "Value",
    "ValueDocument",
    "check_fileable",
    "definition_bytes",
    "definition_hash",
    "definition_of",
    "document_hash",
    "id_bytes32",
    "load_shipped",
    "methodology_of",
    "read_definition",
]


def check_fileable(methodology: Methodology, *, demonstration: bool) -> None:
    """Whether a methodology may be filed, and packages be counted by it.

    demonstration: whether the network is a demonstration; others take nothing that one secondary source alone says.

    Raises:
        NotFileable: naming every formula and value that was not seen, or those graded C.
    """
    missing = [f"the formula of {each.name}" for each in methodology.scenarios if each.formula is None]
    missing += [
        f"the value of {parameter.name}{value.place}" for parameter, value in methodology.values if value.value is None
    ]
    if missing:
        were = "was" if len(missing) == 1 else "were"
        raise NotFileable(methodology=methodology.id, problem=f"{', '.join(missing)} {were} not seen in the source")
    if methodology.weakest_grade is Grade.C and not demonstration:
        named = [f"{parameter.name}{value.place}" for parameter, value in methodology.values if value.grade is Grade.C]
        what = ", ".join(named) or "the formula"
        problem = (
            f"{what} known from one secondary source only (grade C), confirm against {methodology.document.name}; "
            "only a demonstration network takes it, with --allow-grade-c"
        )
        raise NotFileable(methodology=methodology.id, problem=problem)


def id_bytes32(methodology: Methodology) -> bytes:
    """The id as the contracts hold it: ASCII, padded with zeros on the right to 32 bytes."""
    return methodology.id.encode("ascii").ljust(32, b"\0")


def document_hash(methodology: Methodology) -> bytes:
    """What is filed as the document's hash, 32 bytes: SHA-256 of the document, or, while the document itself was not
    seen, SHA-256 of the words that say so ("not seen: " + name + source), so that nobody takes it for the document's.
    """
    document = methodology.document
    if document.sha256 is not None:
        return bytes.fromhex(document.sha256)
    return hashlib.sha256(f"not seen: {document.name}; {document.source}".encode()).digest()
