"""Events of Recognition: what a jurisdiction accepts of another, as it stands after each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement

from registry.db.models import ProjectTerms, RecognisedMethodology, RecognitionTerms
from registry.services.projection.change import Change, Origin, Remove, one

_NO_TERMS = {"discountBps": 0, "yearlyCapGrams": 0, "validFrom": 0, "validUntil": 0}


def methodology_recognised(args: dict[str, Any], _origin: Origin) -> list[Change]:
    row = {
        "jurisdiction": args["jurisdiction"],
        "definition_hash": args["definitionHash"],
        "document_hash": args["documentHash"],
    }
    return [one(RecognisedMethodology, row)]


def methodology_withdrawn(args: dict[str, Any], _origin: Origin) -> list[Change]:
    where = (
        RecognisedMethodology.jurisdiction == args["jurisdiction"],
        RecognisedMethodology.definition_hash == args["definitionHash"],
    )
    return [Remove(RecognisedMethodology, where)]


def terms_set(args: dict[str, Any], _origin: Origin) -> list[Change]:
    key = {
        "jurisdiction": args["jurisdiction"],
        "issuer": args["issuer"],
        "definition_hash": args["definitionHash"],
    }
    row = {**key, **_terms(args["terms"])}
    return [Remove(RecognitionTerms, _general(args), may_miss=True), one(RecognitionTerms, row)]


def terms_withdrawn(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [Remove(RecognitionTerms, _general(args))]


def project_terms_set(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return _of_project(args, args["terms"], excluded=False)


def project_excluded(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return _of_project(args, _NO_TERMS, excluded=True)


def project_terms_withdrawn(args: dict[str, Any], _origin: Origin) -> list[Change]:
    return [Remove(ProjectTerms, _project(args))]


def _of_project(args: dict[str, Any], terms: dict[str, int], *, excluded: bool) -> list[Change]:
    key = {"jurisdiction": args["jurisdiction"], "project_id": args["projectId"]}
    row = {**key, **_terms(terms), "excluded": excluded}
    return [Remove(ProjectTerms, _project(args), may_miss=True), one(ProjectTerms, row)]


def _general(args: dict[str, Any]) -> tuple[ColumnElement[bool], ...]:
    return (
        RecognitionTerms.jurisdiction == args["jurisdiction"],
        RecognitionTerms.issuer == args["issuer"],
        RecognitionTerms.definition_hash == args["definitionHash"],
    )


def _project(args: dict[str, Any]) -> tuple[ColumnElement[bool], ...]:
    return ProjectTerms.jurisdiction == args["jurisdiction"], ProjectTerms.project_id == args["projectId"]


def _terms(terms: dict[str, int]) -> dict[str, int]:
    return {
        "discount_bps": terms["discountBps"],
        "yearly_cap_grams": terms["yearlyCapGrams"],
        "valid_from_seconds": terms["validFrom"],
        "valid_until_seconds": terms["validUntil"],
    }
