"""The error tree: readable lines, stable codes, values that survive a trip through another process."""

import pickle
from collections.abc import Iterator

import pytest

from registry.domain import canonical, errors
from registry.domain.errors import ContractRefused, InvalidMethodology, InvalidQuantity, LogTooShort, RegistryError


def all_leaves(kind: type[RegistryError] = RegistryError) -> Iterator[type[RegistryError]]:
    for child in kind.__subclasses__():
        yield child
        yield from all_leaves(child)


DOMAIN_ERRORS = [kind for kind in all_leaves() if kind.__module__ in (errors.__name__, canonical.__name__)]


def test_message__has_the_values() -> None:
    error = InvalidQuantity(field="grams", problem="must be at least 1", given=0)
    assert str(error) == "grams is not a valid amount: must be at least 1. Given: 0."
    assert error.values == {"field": "grams", "problem": "must be at least 1", "given": 0}


def test_message__is_one_line() -> None:
    assert "\n" not in str(InvalidMethodology(methodology="m", path="$.id", problem="line one\nline two"))


def test_message__with_a_value_missing__lists_what_there_is() -> None:
    assert str(LogTooShort(asked="leaf 7")) == "log_too_short: asked='leaf 7'"


def test_message__of_text_with_braces__is_left_as_it_is() -> None:
    assert "{0.__class__}" in str(InvalidQuantity(field="x", problem="{0.__class__}", given="{y}"))


def test_message__without_values__is_the_code() -> None:
    assert str(errors.NotFound()) == "not_found"


@pytest.mark.parametrize("kind", DOMAIN_ERRORS, ids=lambda kind: kind.__name__)
def test_code__is_snake_case_and_unique(kind: type[RegistryError]) -> None:
    assert kind.code.replace("_", "").isalpha()
    assert kind.code == kind.code.lower()
    assert sum(other.code == kind.code for other in DOMAIN_ERRORS) == 1


@pytest.mark.parametrize("kind", DOMAIN_ERRORS, ids=lambda kind: kind.__name__)
def test_docstring__tree_names_every_error_of_the_file(kind: type[RegistryError]) -> None:
    if kind.__module__ == errors.__name__:
        assert kind.__name__ in (errors.__doc__ or "")


@pytest.mark.parametrize("kind", DOMAIN_ERRORS, ids=lambda kind: kind.__name__)
def test_pickle__keeps_type_values_and_message(kind: type[RegistryError]) -> None:
    error = kind(field="f", problem="p", given=1)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert again.values == error.values
    assert str(again) == str(error)


def test_contract_refused__shows_contract_error_and_values() -> None:
    error = ContractRefused(error_name="CheckerIsMaker", contract="Desk", requestId=7, caller=b"\x01\x02")
    assert str(error) == "Contract Desk refused: CheckerIsMaker(requestId=7, caller=0x0102)."
    assert error.values == {"requestId": 7, "caller": b"\x01\x02"}


def test_contract_refused__with_a_text_of_its_own__uses_it() -> None:
    class ZeroGrams(ContractRefused):
        code = "zero_grams"
        text = "{contract_name} takes no zero amounts."

    error = ZeroGrams(contract="Credits", contract_name="Credits")
    assert str(error) == "Credits takes no zero amounts."
    assert (error.error_name, error.contract) == ("ZeroGrams", "Credits")


def test_contract_refused__pickled__keeps_its_names() -> None:
    again = pickle.loads(pickle.dumps(ContractRefused(error_name="ZeroGrams", contract="Credits", grams=0)))
    assert (again.error_name, again.contract, again.values) == ("ZeroGrams", "Credits", {"grams": 0})
