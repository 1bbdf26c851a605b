"""The same story on a node behind a URL."""

from __future__ import annotations

from pathlib import Path

import pytest

from oracles.demo.command import run_demo
from registry.domain.errors import ChainUnavailable
from registry.services.home import Home
from tests.integration.daemons import free_port

pytestmark = [pytest.mark.slow, pytest.mark.node]


def test_demo__on_a_node__ends_as_on_the_embedded_chain(node: str, tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    told = run_demo(home, data=None, claimed_again=None, chain=node, tell=lambda line: None, trips=500)
    embedded = Home(tmp_path / "embedded")
    same = run_demo(embedded, data=None, claimed_again=None, chain="embedded", tell=lambda line: None, trips=500)
    for key in ("log_root", "issued_grams", "offset_grams", "retired_grams", "refused_offset_error"):
        assert told[key] == same[key], key
    assert told["certificates_verified"] == 2
    assert told["reconciled"]["values_compared"] == same["reconciled"]["values_compared"]


def test_demo__no_node_there__says_so(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(ChainUnavailable, match=url):
        run_demo(Home(tmp_path), data=None, claimed_again=None, chain=url, tell=lambda line: None, trips=500)
