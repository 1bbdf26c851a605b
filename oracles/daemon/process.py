"""A daemon as a process: opens what it works with, goes round until it is told to stop, leaves nothing half done."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

import structlog
from eth_account.signers.local import LocalAccount

from oracles.accounting.engines import engine_of
from oracles.committee.oracle import Oracle, OracleNetwork
from oracles.daemon.background import BackgroundSource
from oracles.daemon.daemon import Daemon, Pace, Surroundings
from oracles.daemon.http_mailbox import HttpMailbox
from oracles.daemon.listener import Listener, create_listener
from oracles.daemon.network import HomePublisher, RegistryChain
from oracles.daemon.seams import Log
from oracles.daemon.settings import Settings
from oracles.exclusion_lists import exclusion_lists
from oracles.sources import open_source
from registry.domain.errors import Conflict
from registry.domain.methodology import Methodology, definition_hash
from registry.services.home import Home
from registry.services.oracle_messages import MessageBox
from registry.services.registry import Registry, open_registry


class OracleRuns(Conflict):
    """Another process is this oracle. Values: oracle, folder."""

    code = "oracle_runs"
    text = (
        "Oracle {oracle} runs already, another process holds {folder}. Stop that one first; an oracle is one process."
    )


Started = Callable[[dict[str, object]], None]


def run_daemon(
    settings: Settings, key: LocalAccount | None, methodologies: list[Methodology], started: Started
) -> None:
    """Runs an oracle until SIGTERM or SIGINT. Without a key it is a dry run.

    started: is told, once it runs, who it is and where it listens.

    Raises:
        OracleRuns: another process is this oracle.
        ListenerFailed: its port is taken.
        and what `open_registry` raises.
    """
    log = _log(settings.name)
    with ExitStack() as stack:
        registry = stack.enter_context(open_registry(Home(settings.home)))
        folder = registry.home.oracles / settings.name
        stack.enter_context(_alone(folder, settings.name))
        known = {definition_hash(each): each for each in methodologies}
        network = OracleNetwork(registry.network.pepper, known, exclusion_lists(registry.home))
        engine = engine_of(settings.engine.name, settings.engine.spark_master)
        oracle = Oracle(folder, key, network, engine=engine)
        stack.callback(oracle.close)
        if key is not None:
            registry.gateway.fund(key.address)
        around = _surroundings(settings, registry, key, folder, log)
        pace = settings.pace
        daemon = Daemon(
            oracle,
            around,
            settings.jurisdictions,
            Pace(
                list_seconds=pace.list,
                turn_seconds=pace.turn,
                retry_seconds_max=pace.retry_max,
                refused_seconds=pace.refused,
                missing_package_seconds=pace.missing_package,
            ),
            signs=key is not None,
        )
        port = _listen(stack, settings, around.box, daemon, registry)
        told = {"oracle": oracle.name, "dry_run": key is None, "port": port, "home": str(settings.home)}
        log.info("started", address=oracle.name, dry_run=key is None, port=port, chain_id=registry.gateway.chain_id)
        started(told)
        _go_round(daemon, pace.round, log)
    log.info("stopped")


def _surroundings(
    settings: Settings, registry: Registry, key: LocalAccount | None, folder: Path, log: Log
) -> Surroundings:
    return Surroundings(
        chain=RegistryChain(registry, key),
        sources=[BackgroundSource(open_source(each)) for each in settings.sources],
        mailboxes=[HttpMailbox(each) for each in settings.mailboxes],
        box=MessageBox(),
        clock=time.time,
        chance=random.Random(),  # noqa: S311 - spreads retries, nothing secret
        log=log,
        records=folder,
        publisher=HomePublisher(registry) if settings.publish else None,
    )


def _listen(stack: ExitStack, settings: Settings, box: MessageBox, daemon: Daemon, registry: Registry) -> int:
    if not settings.listen.port:
        return 0
    contract = registry.register.address("OracleCommittee")
    app = create_listener(box, daemon.state, registry.gateway.chain_id, contract, time.time)
    listener = Listener(app, settings.listen.host, settings.listen.port)
    listener.start()
    stack.callback(listener.stop)
    return listener.port


def _go_round(daemon: Daemon, round_seconds: float, log: Log) -> None:
    stop = threading.Event()

    def told(number: int, _frame: FrameType | None) -> None:
        log.info("stopping after this step", signal=signal.Signals(number).name)
        stop.set()
        daemon.stop()

    before = {number: signal.signal(number, told) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        while not stop.is_set():
            daemon.tick()
            stop.wait(round_seconds)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _alone(folder: Path, name: str) -> Iterator[None]:
    """Holds the folder of an oracle; the lock ends with the process, however it ends. Raises OracleRuns."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OracleRuns(oracle=name, folder=str(folder)) from None
        yield
    finally:
        os.close(descriptor)


def _log(name: str) -> Log:
    """One JSON object a line on standard error; no act, no person, no secret is ever a value."""
    processors: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    ]
    logger: Log = structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr), processors=processors, wrapper_class=structlog.BoundLogger
    ).bind(oracle=name)
    return logger
