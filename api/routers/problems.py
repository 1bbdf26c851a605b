"""What the `type` of a problem leads to: its code, status and titles."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from api.catalogue import ProblemKind, problem_kinds
from api.documentation import NOT_FOUND
from api.schemas.common import Schema
from registry.domain.errors import NotFound

router = APIRouter(tags=["network"])


CodePath = Annotated[str, Path(description="The `code` of a problem, such as not_found.")]


class ProblemList(Schema):
    """All problems this API can answer with."""

    items: list[ProblemKind]


@router.get("/problems", operation_id="listProblems")
def list_problems() -> ProblemList:
    """All problems, by code."""
    return ProblemList(items=list(problem_kinds()))


@router.get("/problems/{code}", operation_id="getProblem", responses=NOT_FOUND)
def get_problem(code: CodePath) -> ProblemKind:
    """One problem: when a client meets its code, this is what it means."""
    found = next((kind for kind in problem_kinds() if kind.code == code), None)
    if found is None:
        raise NotFound(kind="problem", id=code[:80])
    return found
