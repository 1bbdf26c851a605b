"""Methodologies (方法学): the filed rule that turns a quantity into grams, read from a definition that is data.

A definition is a JSON file (its fields: registry/domain/methodologies/README.md). Its canonical hash is what is filed
on chain and what every report names; nothing of it is a constant in code. Per act:

    grams = floor(quantity x numerator / scale)

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
    Document,
    Factor,
    Formula,
    FormulaKind,
    Grade,
    Limits,
    Methodology,
    Parameter,
    Scenario,
    Text,
)
from registry.domain.units import Grams, check_grams, check_quantity

__all__ = [
    "FORMAT",
    "ActNaming",
    "Document",
    "Factor",
    "Formula",
    "FormulaKind",
    "Grade",
    "Limits",
    "Methodology",
    "Parameter",
    "Scenario",
    "Text",
    "check_fileable",
    "definition_bytes",
    "definition_hash",
    "definition_of",
    "document_hash",
    "grams_of",
    "id_bytes32",
    "load_shipped",
    "methodology_of",
    "read_definition",
]


def grams_of(methodology: Methodology, scenario_number: int, quantity: int) -> Grams:
    """Grams of one act, rounded down once. `quantity` in the scenario's base unit.

    Raises InvalidQuantity, UnknownScenario, NotFileable.
    """
    check_quantity(quantity)
    factor = methodology.factor(scenario_number)
    return check_grams(quantity * factor.numerator // factor.scale)


def check_fileable(methodology: Methodology, allow_grade_c: bool = False) -> None:
    """Raises NotFileable if a value is missing, or if something is graded C and this is no demonstration network."""
    for scenario in methodology.scenarios:
        methodology.factor(scenario.number)
    if methodology.weakest_grade is Grade.C and not allow_grade_c:
        named = [parameter.name for parameter in methodology.parameters if parameter.grade is Grade.C]
        what = ", ".join(named) or "the formula"
        problem = f"{what} known from one secondary source only (grade C), confirm against {methodology.document.name}"
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
