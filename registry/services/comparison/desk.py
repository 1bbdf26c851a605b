"""The Desk: requests with their objections and opinions, and policies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.db.models import DeskObjection, DeskOpinion, DeskPolicy, DeskRequest
from registry.domain.ids import COUNCIL_JURISDICTION
from registry.domain.rules import ObjectionStatus, Part, RequestStatus
from registry.services.comparison.asking import Chain, Comparison, fields, hexed


def compare_desk(session: Session, chain: Chain, newest: int) -> Iterator[Comparison]:
    """The number of requests, the newest of them with objections and opinions, and all policies."""
    count = session.scalar(select(func.count()).select_from(DeskRequest))
    yield Comparison("request", "count", count, chain.ask("Desk", "requestCount"))
    rows = session.scalars(select(DeskRequest).order_by(DeskRequest.request_id.desc()).limit(newest)).all()
    oldest = min((row.request_id for row in rows), default=0)
    objections = session.scalars(select(DeskObjection).where(DeskObjection.request_id >= oldest)).all()
    opinions = session.scalars(select(DeskOpinion).where(DeskOpinion.request_id >= oldest)).all()
    yield from _requests(chain, rows, objections, opinions)
    for objection in objections:
        on_chain = chain.ask("Desk", "objectionOf", objection.request_id, objection.objector)
        yield Comparison("objection", f"{objection.request_id} {objection.objector}", objection.status, on_chain)
    for opinion in opinions:
        part = Part.POSITIVE_OPINION if opinion.positive else Part.NEGATIVE_OPINION
        on_chain = chain.ask("Desk", "partOf", opinion.request_id, opinion.expert)
        yield Comparison("opinion", f"{opinion.request_id} {opinion.expert}", int(part), on_chain)
    yield from _policies(session, chain)


def _requests(
    chain: Chain, rows: Sequence[DeskRequest], objections: Sequence[DeskObjection], opinions: Sequence[DeskOpinion]
) -> Iterator[Comparison]:
    still_open = Counter(row.request_id for row in objections if row.status == ObjectionStatus.OPEN)
    positive = Counter(row.request_id for row in opinions if row.positive)
    for request in rows:
        database = {
            "status": _status_at(request, chain),
            "maker": request.maker,
            "jurisdiction": request.jurisdiction,
            "experts": request.experts,
            # The Desk counts no more than are needed.
            "positiveOpinions": min(positive[request.request_id], request.experts),
            "openObjections": still_open[request.request_id],
        }
        answer = chain.ask("Desk", "requestOf", request.request_id)
        yield from fields("request", f"{request.request_id}", database, answer, lambda stored: stored)


def _policies(session: Session, chain: Chain) -> Iterator[Comparison]:
    policies = session.scalars(select(DeskPolicy)).all()
    networks = {(row.target, row.selector): row for row in policies if row.jurisdiction == COUNCIL_JURISDICTION}
    for policy in policies:
        general = networks.get((policy.target, policy.selector))
        notice_seconds, expiry_seconds = _times_applied(policy, general)
        database = {
            "maker": policy.maker_role,
            "checker": policy.checker_role,
            "noticeSeconds": notice_seconds,
            "expirySeconds": expiry_seconds,
            "experts": max(policy.experts, general.experts if general else 0),
        }
        where = f"{policy.jurisdiction} {policy.target} {hexed(policy.selector)}"
        answer = chain.ask("Desk", "policyOf", policy.jurisdiction, policy.target, policy.selector)
        yield from fields("policy", where, database, answer, lambda stored: stored)


def _times_applied(policy: DeskPolicy, networks: DeskPolicy | None) -> tuple[int, int]:
    """Notice and expiry in seconds, as `Desk.policyOf` answers: an own policy is never laxer than the network's."""
    if networks is None or policy.notice_seconds >= networks.notice_seconds:
        return policy.notice_seconds, policy.expiry_seconds
    return networks.notice_seconds, max(policy.expiry_seconds, networks.expiry_seconds)


def _status_at(request: DeskRequest, chain: Chain) -> int:
    # No event says that a request lapsed: the Desk derives it from the time, and so does this.
    is_open = request.status == RequestStatus.PROPOSED
    lapsed = chain.block_time_seconds >= int(request.expires_at.timestamp())
    return int(RequestStatus.EXPIRED) if is_open and lapsed else request.status
