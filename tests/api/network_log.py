"""Reports of the small network and the log behind them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from registry.db import models
from registry.domain.rules import ReportStatus
from registry.log.leaf import Leaf
from registry.log.store import LogStore
from tests.api.network_names import (
    ACTS_PER_REPORT,
    DEFINITION,
    PERIODS,
    PROJECT,
    QUANTITY_METRES,
    QUARANTINED,
    SIGNERS,
    act_id,
    block_time,
    digest,
    made_in,
)


def leaves(report: int) -> list[Leaf]:
    """The leaves of report 1, 2 or 3. The last of the first report is too small for a gram."""
    serial = sum(grams for earlier in range(1, report) for grams in _grams(earlier))
    found = []
    for position, grams in enumerate(_grams(report)):
        found.append(
            Leaf(
                serial_start=serial,
                grams=grams,
                quantity=QUANTITY_METRES if grams else 5,
                occurred_on=PERIODS[report - 1][0] + position,
                scenario=1,
                act_id=act_id(report, position),
                actor=digest(f"actor {report}/{position}"),
            )
        )
        serial += grams
    return found


def _grams(report: int) -> list[int]:
    count = ACTS_PER_REPORT[report - 1]
    return [1_000] * (count - 1) + [0 if report == 1 else 1_000]


def write_log(folder: Path) -> list[Any]:
    store = LogStore(folder)
    rows: list[Any] = []
    previous = bytes(32)
    serial = size = 0
    for seq in (1, 2, 3):
        packed = [leaf.pack() for leaf in leaves(seq)]
        size += len(packed)
        # The third report is accepted by the chain, but its leaves are not public yet.
        root = store.append(packed)[1] if seq < 3 else store.preview(packed)[1]
        grams = sum(_grams(seq))
        report_digest = digest(f"report {seq}")
        rows.append(
            models.Report(
                project_id=PROJECT,
                seq=seq,
                period_start_day=PERIODS[seq - 1][0],
                period_end_day=PERIODS[seq - 1][1],
                methodology_hash=DEFINITION,
                evidence_hash=digest(f"manifest {seq}"),
                log_root=root,
                log_size=size,
                serial_end=serial + grams,
                prev_digest=previous,
                # The third one is valid beyond the year 9999, as a uint40 may be.
                valid_until_seconds=2**40 - 1 if seq == 3 else int(block_time(100).timestamp()),
                epoch=1,
                digest=report_digest,
                serial_start=serial,
                vintage=2016,
                final_at=block_time(10 + seq),
                status=int(ReportStatus.ACCEPTED),
                **made_in(10 + seq),
            )
        )
        rows += [
            models.ReportSigner(project_id=PROJECT, seq=seq, signer=signer, position=position, **made_in(10 + seq))
            for position, signer in enumerate(SIGNERS[:3])
        ]
        if seq < 3:
            rows += _publication(seq, size, root, report_digest, 2 if seq == 1 else 0)
        previous, serial = report_digest, serial + grams
    return rows


def _publication(seq: int, size: int, root: bytes, report_digest: bytes, set_aside: int) -> list[Any]:
    first = size - ACTS_PER_REPORT[seq - 1]
    rows: list[Any] = [
        models.PublishedReport(
            project_id=PROJECT,
            seq=seq,
            digest=report_digest,
            log_size=size,
            log_root=root,
            acts=ACTS_PER_REPORT[seq - 1],
            quarantined=set_aside,
            published_at=block_time(10 + seq),
        )
    ]
    rows += [
        models.Act(act_id=leaf.act_id, project_id=PROJECT, leaf_index=first + position)
        for position, leaf in enumerate(leaves(seq))
    ]
    if set_aside:
        # One act was too fast; another stands twice in the package and is counted once.
        for position, (act, reason) in enumerate(((QUARANTINED, "too_fast"), (act_id(1, 0), "repeated_act"))):
            rows.append(
                models.QuarantinedAct(project_id=PROJECT, seq=seq, position=position, act_id=act, reason=reason)
            )
    return rows
