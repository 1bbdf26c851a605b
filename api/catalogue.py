"""Every problem this API can answer with: the registry's errors, those of the contracts, and HTTP's own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from api.errors import TITLES, family_code, status_of
from api.schemas.common import Schema
from registry.chain.errors import error_classes as contract_error_classes
from registry.domain.errors import RegistryError

_OWN = {
    "unknown_path": 404,
    "method_not_allowed": 405,
    "body_too_large": 413,
    "invalid_parameters": 422,
    "internal_error": 500,
    "database_unavailable": 503,
}


class ProblemKind(Schema):
    """A kind of problem. `code` is stable; a few codes name an error of ours and one of a contract: two statuses."""

    code: str
    statuses: list[int]
    title_en: str
    title_zh: str


def error_classes() -> Iterator[type[RegistryError]]:
    """All error classes that are loaded, those of the contracts included."""
    contract_error_classes()
    waiting: list[type[RegistryError]] = list(RegistryError.__subclasses__())
    while waiting:
        found = waiting.pop()
        waiting.extend(found.__subclasses__())
        yield found


@cache
def problem_kinds() -> tuple[ProblemKind, ...]:
    """All kinds, by code."""
    statuses = {code: {status} for code, status in _OWN.items()}
    titles = {code: TITLES[code] for code in _OWN}
    for error in error_classes():
        statuses.setdefault(error.code, set()).add(status_of(error))
        titles.setdefault(error.code, TITLES.get(error.code) or TITLES[family_code(error)])
    return tuple(
        ProblemKind(code=code, statuses=sorted(statuses[code]), title_en=titles[code][0], title_zh=titles[code][1])
        for code in sorted(statuses)
    )
