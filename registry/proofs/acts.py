"""The sample of acts in a certificate: single rides, pieces and kilowatt-hours behind the retired grams."""

from collections.abc import Sequence

from registry.domain.days import Period
from registry.domain.errors import RegistryError
from registry.domain.serials import SerialRange
from registry.log.leaf import Leaf
from registry.log.tree import leaf_hash, verify_inclusion
from registry.proofs.document import ActProof
from registry.proofs.errors import InvalidCertificate, reason
from registry.proofs.events import ReportAccepted


def check_acts(acts: Sequence[ActProof], serials: SerialRange, accepted: ReportAccepted) -> None:
    """Checks that each act is in the log the oracles signed, in the report's period, and gave some of these serials;
    that they stand in the order of the log; and that the first and the last act of the serials are among them.

    An act at either end may give only a part of its grams. No acts at all are fine. Raises InvalidCertificate.
    """
    if not acts:
        return
    leaves = [_checked(act, f"$.acts[{position}]", serials, accepted) for position, act in enumerate(acts)]
    for position in range(1, len(acts)):
        one, other = leaves[position - 1], leaves[position]
        if acts[position - 1].index >= acts[position].index or one.serial_end > other.serial_start:
            raise InvalidCertificate(path=f"$.acts[{position}]", problem="the acts are not in the order of the log")
    if leaves[0].serial_start > serials.start:
        raise InvalidCertificate(path="$.acts[0]", problem="the first act of these serials is missing")
    if leaves[-1].serial_end < serials.end:
        raise InvalidCertificate(path=f"$.acts[{len(acts) - 1}]", problem="the last act of these serials is missing")


def _checked(act: ActProof, path: str, serials: SerialRange, accepted: ReportAccepted) -> Leaf:
    report = accepted.report
    try:
        leaf = Leaf.unpack(act.leaf)
        verify_inclusion(leaf_hash(act.leaf), act.index, report.log_size, act.proof, report.log_root)
    except RegistryError as error:
        raise InvalidCertificate(path=path, problem=reason(error)) from error
    if leaf.occurred_on not in Period(report.period_start, report.period_end):
        raise InvalidCertificate(path=f"{path}.leaf", problem=f"day {leaf.occurred_on} is not in the report's period")
    if leaf.serial_start < accepted.serial_start or leaf.serial_end > report.serial_end:
        raise InvalidCertificate(path=f"{path}.leaf", problem="the act is not in the report's stretch of the line")
    if leaf.grams == 0 or leaf.serial_start >= serials.end or leaf.serial_end <= serials.start:
        raise InvalidCertificate(path=f"{path}.leaf", problem="the act gave none of these serials")
    return leaf
