"""Names as people write them: one writing for one thing, and nothing else is read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.errors import InvalidInput
from registry.domain.ids import batch_id, project_id
from registry.domain.rules import AccountStatus
from registry.domain.serials import printed_batch, printed_project
from registry.services.views import references
from tests.world import actor

PROJECTS = st.builds(project_id, st.integers(110_000, 829_999), st.integers(1, 2**32 - 1))
SEQS = st.integers(1, 2**63 - 1)


@given(project=PROJECTS)
def test_project__decimal_and_printed__are_the_same_project(project: int) -> None:
    assert references.read_project(str(project)) == project
    assert references.read_project(printed_project(project)) == project


@given(project=PROJECTS, seq=SEQS, vintage=st.integers(1970, 9999))
def test_batch__decimal_and_printed__are_the_same_batch(project: int, seq: int, vintage: int) -> None:
    token = batch_id(project, seq)
    assert references.read_batch(str(token)) == (project, seq, None)
    assert references.read_batch(printed_batch(token, vintage)) == (project, seq, vintage)
    assert references.read_report(f"{project}-{seq}") == (project, seq)
    assert references.read_report(str(token)) == (project, seq)


@given(name=st.text(min_size=1, max_size=5))
def test_account__any_casing_but_a_wrong_checksum__is_read(name: str) -> None:
    address = actor(name).address
    for spelling in (address, address.lower(), "0x" + address[2:].upper()):
        assert references.read_account(spelling) == address
    digits = address[2:]
    swapped = "0x" + digits.swapcase()
    if digits not in (digits.lower(), digits.upper()):
        with pytest.raises(InvalidInput, match="checksum"):
            references.read_account(swapped)


READERS: list[Callable[[str], Any]] = [
    references.read_jurisdiction,
    references.read_project,
    references.read_batch,
    references.read_seq,
    references.read_report,
    references.read_serials,
    references.read_account,
    references.read_hash,
    references.read_retirement,
    references.read_year,
    lambda text: references.read_named(AccountStatus, text, "status"),
]


@pytest.mark.parametrize("read", READERS)
@given(text=st.text(max_size=120))
def test_any_text__is_read_or_refused_as_invalid_input(read: Callable[[str], Any], text: str) -> None:
    with contextlib.suppress(InvalidInput):
        read(text)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("text", ["", "-1", "+1", "01", "1 ", "1_0", "１", "1.0", "0x", "9" * 100, "\x00", "none"])
def test_other_writing__is_refused(read: Callable[[str], Any], text: str) -> None:
    with pytest.raises(InvalidInput):
        read(text)


def test_council__is_jurisdiction_0() -> None:
    assert references.read_jurisdiction("0") == 0
    with pytest.raises(InvalidInput):
        references.read_jurisdiction("1")
