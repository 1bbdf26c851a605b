"""Four oracles as processes: they report a month together, also while some of them are down, stopped or lie."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from registry.services.home import Home
from tests.integration.daemons import make_daemons, prepare, running, served, until

pytestmark = [pytest.mark.slow, pytest.mark.long]


def test_four_daemons__on_the_embedded_chain__report_keep_and_stop(tmp_path: Path) -> None:
    home = Home(tmp_path / "registry")
    prepare(home, "embedded", trips=300)
    with served(home) as api, running(make_daemons(tmp_path, home, own_homes=False, mailboxes=[api])) as daemons:
        for each in daemons.all:
            each.start()
        until(lambda: daemons.last_report()[0] == 1, "a report is accepted", 60, daemons.told)
        until(lambda: all(daemons.kept(each) for each in daemons.all), "all keep it", 30, daemons.told)
        assert daemons.all[0].get("/healthz").json()["well"]
        assert 'puhui_oracle_events_total{event="kept"} 1.0' in daemons.all[0].get("/metrics").text
        assert [each.end(signal.SIGTERM) for each in daemons.all] == [0, 0, 0, 0]
