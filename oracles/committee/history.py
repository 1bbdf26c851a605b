"""Earlier days that acts are compared with have to say what the report that counted them said.

Whoever could restate last week would choose the baseline of this one: a meter that used more then saves more now.
"""

from __future__ import annotations

from collections.abc import Iterable

from oracles.accounting import QuarantinedAct
from registry.domain.errors import InvalidEvidence
from registry.domain.reasons import Reason
from registry.log.leaf import Leaf
from registry.log.store import LogStore

_LEAVES_AT_ONCE = 4_096


def check_history(quarantined: Iterable[QuarantinedAct], log: LogStore, log_size: int, first_day: int) -> None:
    """Compares the records that are there as the past with the leaves of the same acts.

    log_size: of the project's log before this report; its leaves stand in the order of days.
    first_day: the first one that may serve as the past.

    Raises:
        InvalidEvidence: a record has another quantity than its leaf. What no report counted is the verifier's to check.
    """
    history = {act.act_id: act for act in quarantined if act.reason is Reason.BASELINE_HISTORY}
    end = log_size
    while history and end:
        start = max(0, end - _LEAVES_AT_ONCE)
        leaves = [Leaf.unpack(packed) for _, packed in log.leaves(start, end)]
        for leaf in leaves:
            act = history.get(leaf.act_id)
            if act is not None and act.quantity != leaf.quantity:
                problem = f"is given as {act.quantity} now, an earlier report counted {leaf.quantity}"
                raise InvalidEvidence(what=f"record {act.position}, {act.act_key}", problem=problem)
        if leaves[0].occurred_on < first_day:
            return
        end = start
