"""Does an oracle know the acts of every report before? Screening against claims with a hole lets copies through."""

from __future__ import annotations

from oracles.committee.chain_view import ChainView, ProjectFacts, ReportState
from oracles.errors import OracleBehind
from oracles.screens import ReportKey, SqliteClaimStore
from registry.domain.errors import Conflict, IntegrityError
from registry.domain.ids import project_id as project_id_of

PROJECTS_MAX = 10_000
"""Of one jurisdiction. Two reads of the chain each are made for one computation; a jurisdiction with more needs another
way, and until there is one nothing is signed for it."""


def check_claims(view: ChainView, project: ProjectFacts, claims: SqliteClaimStore, oracle: str, now: int) -> None:
    """Compares the claims with the chain, up to the last final report of each project of the jurisdiction.

    Projects of other jurisdictions are learned where their logs are published (`oracles.catching_up`), and not asked
    for here: what they publish may be out of reach of this oracle. What is not final yet is not asked for either: who
    signed it has reserved its acts, and of two quorums one honest oracle is in both.

    Raises:
        OracleBehind: claims are missing, with the first report that lacks them.
        IntegrityError: claims of another report than the accepted one are kept.
        Conflict: the jurisdiction has more projects than are looked through.
    """
    count = view.project_count(project.jurisdiction)
    if count > PROJECTS_MAX:
        problem = f"it has {count} projects, at most {PROJECTS_MAX} are looked through"
        raise Conflict(kind="jurisdiction", id=project.jurisdiction, problem=problem)
    others = (project_id_of(project.jurisdiction, number) for number in range(1, count + 1))
    for project_id in (project.project_id, *(other for other in others if other != project.project_id)):
        check_own_claims(project_id, view.last_final(project_id, now), claims, oracle)


def check_own_claims(project_id: int, last: ReportState, claims: SqliteClaimStore, oracle: str) -> None:
    """Compares the claims of one project, up to the report `last`, with the chain. Raises as `check_claims`."""
    if not last.seq:
        return
    key = ReportKey(project_id, last.seq)
    found = claims.digest_of(key)
    if found is not None and found != last.digest:
        problem = f"for report {last.seq} of project {project_id} they are of {found.hex()}, not of {last.digest.hex()}"
        raise IntegrityError(what=f"claims of oracle {oracle}", problem=problem)
    # One digest stands for all before it, and was checked against the chain when it was kept.
    if found is None or claims.reports_up_to(key) != last.seq:
        seq = next(n for n in range(1, last.seq + 1) if claims.digest_of(ReportKey(project_id, n)) is None)
        problem = f"its claims lack report {seq} of project {project_id}"
        raise OracleBehind(oracle=oracle, project_id=project_id, seq=seq, problem=problem)
