"""The enumerations equal those of the Solidity interfaces, name by name and number by number."""

import pickle
import re
from pathlib import Path

import pytest

from registry.domain import rules
from registry.domain.reasons import Reason
from registry.domain.rules import LabelledEnum, Right, Rule

CONTRACTS = Path(__file__).resolve().parents[3] / "contracts" / "src"
ENUMS = [
    kind for kind in vars(rules).values() if isinstance(kind, type) and issubclass(kind, LabelledEnum) and len(kind)
]


def solidity_enums() -> dict[str, list[str]]:
    found = {}
    for path in CONTRACTS.glob("I*.sol"):
        for name, body in re.findall(r"^enum (\w+) \{(.*?)^\}", path.read_text(encoding="utf-8"), re.S | re.M):
            found[name] = re.findall(r"\w+", re.sub(r"//.*", "", body))
    return found


def test_every_solidity_enum_is_mirrored_and_no_other() -> None:
    # What a discharge is, the contract says by its event.
    ours = {"DischargeKind"}
    mirrored = {kind.__name__: [member.solidity_name for member in kind] for kind in ENUMS if kind.__name__ not in ours}
    assert mirrored == solidity_enums()


@pytest.mark.parametrize("kind", ENUMS, ids=lambda kind: kind.__name__)
def test_enum__is_numbered_from_none_without_gaps_and_labelled(kind: type[LabelledEnum]) -> None:
    assert [int(member) for member in kind] == list(range(len(kind)))
    assert kind(0).name == "NONE"
    assert len({member.label for member in kind}) == len(kind) == len({member.label_zh for member in kind})


def test_enum__is_found_by_number_and_pickles() -> None:
    assert Rule(16) is Rule.CAP
    assert pickle.loads(pickle.dumps(Rule.CAP)) is Rule.CAP
    with pytest.raises(ValueError, match="99"):
        Rule(99)


def test_rights__have_the_numbers_of_the_accounts_contract() -> None:
    text = (CONTRACTS / "IAccounts.sol").read_text(encoding="utf-8")
    assert "a sum of INITIATE 1, APPROVE 2, READ 4" in text
    assert [(right.name, right.value) for right in Right] == [("INITIATE", 1), ("APPROVE", 2), ("READ", 4)]


@pytest.mark.parametrize("reason", list(Reason))
def test_reason__is_its_name_in_lower_case_and_labelled(reason: Reason) -> None:
    assert reason.value == reason.name.lower()
    assert reason.label
    assert reason.label_zh
