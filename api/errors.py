"""Every failure as an RFC 9457 problem: one table from errors to statuses, titles in both languages.

`code` and `type` never change; `title` follows Accept-Language; `detail` is for people. Of failures inside (5xx) the
client learns the code and the trace id, never paths, addresses or values: those are in the log under the same id.
"""

from __future__ import annotations

import json
import logging
import re
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.languages import Language, preferred
from api.schemas.common import Schema
from registry.chain.error_words import words
from registry.domain.errors import (
    Conflict,
    ContractRefused,
    IntegrityError,
    InvalidInput,
    NotFound,
    NotPermitted,
    RegistryError,
    Unavailable,
)

logger = logging.getLogger("puhui.api")

PROBLEM_TYPE = "application/problem+json"
PROBLEM_PATH = "/api/v1/problems/"
RETRY_AFTER_SECONDS = 5
_GIVEN_CHARS_MAX = 200
_HTML_SAFE = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})

# The status of each family of errors; a leaf takes its nearest ancestor's. Contract errors: _status_of_refusal.
STATUSES: dict[type[RegistryError], int] = {
    InvalidInput: 422,
    NotPermitted: 403,
    NotFound: 404,
    Conflict: 409,
    ContractRefused: 409,
    Unavailable: 503,
    IntegrityError: 500,
}

_NOT_PERMITTED = re.compile(
    r"RoleMissing|NotAgent|NotMaker|NotCouncil|NotModule|NotThroughDesk|NotWirable|CheckerIsMaker|NotASigner"
    r"|AccessControl.*|Ownable.*"
)
_UNKNOWN = re.compile(r"Unknown[A-Z].*|NoPolicy|NoCommittee")

TITLES: dict[str, tuple[str, str]] = {
    "not_found": ("There is no such thing", "未找到"),
    "unknown_path": ("There is no such page", "没有此页面"),
    "method_not_allowed": ("This method is not possible here", "此处不支持该方法"),
    "invalid_parameters": ("The parameters are not valid", "参数不正确"),
    "invalid_input": ("What was handed in is not valid", "输入不正确"),
    "conflict": ("The state does not allow this", "当前状态不允许此操作"),
    "not_permitted": ("You may not do this", "无权进行此操作"),
    "contract_refused": ("The contract refused", "合约拒绝"),
    "unavailable": ("Something does not answer, try again later", "服务暂不可用, 请稍后重试"),
    "integrity_error": ("Stored data contradict themselves", "存储的数据自相矛盾"),
    "database_unavailable": ("The database does not answer, try again later", "数据库暂不可用, 请稍后重试"),
    "chain_unavailable": ("The chain does not answer, try again later", "区块链暂不可用, 请稍后重试"),
    "not_indexed_yet": ("The index has read nothing yet, try again in a moment", "索引尚未开始, 请稍后重试"),
    "not_published": ("The acts are not published yet, try again later", "行为数据尚未公布, 请稍后重试"),
    "body_too_large": ("The body is too large", "请求体过大"),
    "request_refused": ("The request was refused", "请求被拒绝"),
    "internal_error": ("Something went wrong here", "服务器内部错误"),
}
_FAMILY_CODES: dict[type[RegistryError], str] = {
    InvalidInput: "invalid_input",
    NotPermitted: "not_permitted",
    NotFound: "not_found",
    Conflict: "conflict",
    ContractRefused: "contract_refused",
    Unavailable: "unavailable",
    IntegrityError: "integrity_error",
}
_HTTP_CODES = {404: "unknown_path", 405: "method_not_allowed", 413: "body_too_large"}


class ProblemError(Schema):
    """One thing that is wrong, and where."""

    field: str
    problem: str
    given: str | None = None


class Problem(Schema):
    """A failure (RFC 9457). `code` is stable, `title` follows Accept-Language, `trace_id` finds it in our log."""

    type: str = Field(examples=[PROBLEM_PATH + "not_found"])
    title: str
    status: int
    detail: str
    instance: str
    code: str
    errors: list[ProblemError]
    trace_id: str


def status_of(error: type[RegistryError]) -> int:
    """The HTTP status of an error class. Raises KeyError for one that is in no family."""
    if issubclass(error, ContractRefused):
        return _status_of_refusal(error.__name__)
    return STATUSES[_family(error)]


def title_of(code: str, family: str, language: Language) -> str:
    """The title of a code, or of its family."""
    english, chinese = TITLES.get(code) or TITLES[family]
    return chinese if language == "zh" else english


def problem_response(
    request: Request,
    *,
    status: int,
    code: str,
    family: str,
    detail: str,
    errors: list[ProblemError] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """The response of one problem."""
    language = preferred(request.headers.get("accept-language"))
    problem = Problem(
        type=PROBLEM_PATH + code,
        title=title_of(code, family, language),
        status=status,
        detail=detail,
        instance=request.url.path,
        code=code,
        errors=errors or [],
        trace_id=trace_id(request),
    )
    # Values of the client are echoed: even a reader that takes this for HTML finds no tag in it.
    body = json.dumps(problem.model_dump(), ensure_ascii=False).translate(_HTML_SAFE)
    extra = {"Cache-Control": "no-store", "Content-Language": language, "Vary": "Accept-Language", **(headers or {})}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        extra.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
    return Response(body, status_code=status, media_type=PROBLEM_TYPE, headers=extra)


def trace_id(request: Request) -> str:
    """The id of this request in our log."""
    return str(request.scope.get("state", {}).get("trace_id", ""))


def install(app: FastAPI) -> None:
    """Makes every failure of the app a problem."""
    app.add_exception_handler(RegistryError, _on_registry_error)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_error)
    app.add_exception_handler(OperationalError, _on_database_error)
    app.add_exception_handler(PoolTimeout, _on_database_error)
    app.add_exception_handler(Exception, _on_unexpected)


def family_code(error: type[RegistryError]) -> str:
    """The code of an error's family, whose title stands in where the code itself has none."""
    return _FAMILY_CODES[_family(error)]


def _family(error: type[RegistryError]) -> type[RegistryError]:
    for ancestor in error.__mro__:
        if ancestor in STATUSES:
            return ancestor
    raise KeyError(error)


def _status_of_refusal(name: str) -> int:
    if _NOT_PERMITTED.fullmatch(name):
        return 403
    return 404 if _UNKNOWN.fullmatch(name) else 409


async def _on_registry_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RegistryError)
    try:
        status, family = status_of(type(error)), family_code(type(error))
    except KeyError:
        status, family = 500, "internal_error"
    detail, errors = detail_of(request, error), _errors_of(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        logger.error("trace %s: %s", trace_id(request), error, exc_info=error)
        detail, errors = _quiet_detail(request, error.code, family), []
    return problem_response(request, status=status, code=error.code, family=family, detail=detail, errors=errors)


def detail_of(request: Request, error: RegistryError) -> str:
    """The error's line; a contract's refusal in the language that is asked for."""
    if isinstance(error, ContractRefused) and preferred(request.headers.get("accept-language")) == "zh":
        return words(error.error_name, error.values, "zh") or str(error)
    return str(error)


async def _on_invalid_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        ProblemError(
            field=".".join(str(part) for part in found["loc"][1:]) or str(found["loc"][0]),
            problem=str(found["msg"]),
            given=_shown(found.get("input")),
        )
        for found in error.errors()
    ]
    detail = "; ".join(f"{one.field}: {one.problem}" for one in errors) + "."
    return problem_response(
        request, status=422, code="invalid_parameters", family="invalid_input", detail=detail, errors=errors
    )


async def _on_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _HTTP_CODES.get(error.status_code, "request_refused")
    detail = {
        404: "No page has this address. The list of all is at /docs.",
        405: f"This address answers {(error.headers or {}).get('Allow', 'GET')} only.",
    }.get(error.status_code, str(error.detail))
    return problem_response(
        request,
        status=error.status_code,
        code=code,
        family=code,
        detail=detail,
        headers=dict(error.headers or {}),
    )


async def _on_database_error(request: Request, error: Exception) -> Response:
    logger.error("trace %s: database", trace_id(request), exc_info=error)
    code = "database_unavailable"
    return problem_response(
        request, status=503, code=code, family="unavailable", detail=_quiet_detail(request, code, "unavailable")
    )


async def _on_unexpected(request: Request, error: Exception) -> Response:
    logger.error("trace %s: unexpected", trace_id(request), exc_info=error)
    code = "internal_error"
    return problem_response(request, status=500, code=code, family=code, detail=_quiet_detail(request, code, code))


def _quiet_detail(request: Request, code: str, family: str) -> str:
    title = title_of(code, family, preferred(request.headers.get("accept-language")))
    return f"{title}. Trace: {trace_id(request)}."


def _errors_of(error: RegistryError) -> list[ProblemError]:
    if not isinstance(error, InvalidInput) or "field" not in error.values:
        return []
    values = error.values
    return [
        ProblemError(field=str(values["field"]), problem=str(values.get("problem")), given=_shown(values.get("given")))
    ]


def _shown(value: Any) -> str | None:
    return None if value is None else str(value)[:_GIVEN_CHARS_MAX]
