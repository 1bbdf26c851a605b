"""From views to schemas where the shapes differ: acts with their proofs, steps of a provenance, outcomes."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from api.links import href
from api.schemas import acts as schemas
from api.schemas.accounts import Account
from api.schemas.common import Coded, PageInfo, Words
from api.schemas.filings import Methodology, Project
from api.schemas.ledger import Batch, Cancellation, Report, Retirement
from registry.services.views.acts import ActItem, ActPage, CountedAct
from registry.services.views.outcomes import Outcome
from registry.services.views.steps import Facts, Proof, Step, StepKind

_STEP: TypeAdapter[Any] = TypeAdapter(schemas.Step)
_FACTS: dict[StepKind, type[Any]] = {
    StepKind.METHODOLOGY: Methodology,
    StepKind.PROJECT: Project,
    StepKind.REPORT: Report,
    StepKind.BATCH: Batch,
    StepKind.SERIALS: schemas.SerialStretch,
    StepKind.ACCOUNT: Account,
    StepKind.RETIREMENT: Retirement,
    StepKind.OFFSET: Retirement,
    StepKind.CANCELLATION: Cancellation,
}


def act(item: ActItem) -> schemas.Act:
    """A leaf and what it says."""
    return schemas.Act.model_validate(_act_values(item))


def counted_act(found: CountedAct) -> schemas.CountedAct:
    """A leaf with its proofs."""
    return schemas.CountedAct.model_validate(
        {
            **_act_values(found.item),
            "leaf_hash": found.leaf_hash,
            "in_report": found.in_report,
            "in_newest": found.in_newest,
        }
    )


def act_list(page: ActPage | None, limit: int) -> schemas.ActList | None:
    """A page of acts; None stays None."""
    if page is None:
        return None
    return schemas.ActList(
        items=[act(item) for item in page.items],
        page_info=PageInfo(limit=limit, next=page.next_cursor, previous=page.previous_cursor),
        first_leaf=page.first_leaf,
        end_leaf=page.end_leaf,
    )


def coded(outcome: Outcome) -> Coded:
    """An outcome with its sentence in both languages."""
    english, chinese = outcome.words
    return Coded(code=outcome.value, en=english, zh=chinese)


def step(found: Step) -> Any:
    """A step of a provenance."""
    return _STEP.validate_python(
        {
            "kind": found.kind.value,
            "id": found.id,
            "href": href("serial" if found.kind is StepKind.SERIALS else found.kind.value, found.id),
            "facts": _facts(found.kind, found.facts),
            "origin": found.origin,
            "proofs": [_proof(proof) for proof in found.proofs],
            "grams_of_stretch": found.grams_of_stretch,
        }
    )


def _facts(kind: StepKind, facts: Facts) -> Any:
    return counted_act(facts) if isinstance(facts, CountedAct) else _FACTS[kind].model_validate(facts)


def _proof(proof: Proof) -> dict[str, Any]:
    english, chinese = proof.kind.words
    return {
        "kind": proof.kind.value,
        "words": Words(en=english, zh=chinese),
        "contract": proof.contract,
        "event": proof.event,
        "digest": proof.digest,
        "signers": list(proof.signers),
    }


def _act_values(item: ActItem) -> dict[str, Any]:
    return {
        "act_id": item.act_id,
        "project": item.project,
        "leaf_index": item.leaf_index,
        "leaf_bytes": item.leaf_bytes,
        "leaf": item.leaf,
        "serials": item.serials,
    }
