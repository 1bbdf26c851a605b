"""Routes of the plain pages and their two static files."""

from __future__ import annotations

from importlib import resources

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from api.dependencies import RunningParam, SessionParam
from api.pages.reference import reference_page
from api.pages.start import start_page
from api.routers.network import health_of
from registry.services.views import network
from registry.services.views.state import NotIndexedYet

router = APIRouter()

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}
_STATIC = {"puhui.css": "text/css; charset=utf-8", "reference.js": "text/javascript; charset=utf-8"}


@router.get("/")
def get_start(running: RunningParam, session: SessionParam) -> Response:
    """What this is, how far it is, and where to go on."""
    view = network.network(session)
    try:
        totals = network.totals(session)
    except NotIndexedYet:
        totals = None
    return HTMLResponse(start_page(health_of(running, view), totals), headers=PAGE_HEADERS)


@router.get("/docs")
def get_reference(request: Request) -> Response:
    """The reference of the API, made from its OpenAPI document."""
    base_url = str(request.base_url).rstrip("/")
    return HTMLResponse(reference_page(request.app.openapi(), base_url), headers=PAGE_HEADERS)


@router.get("/static/puhui.css")
def get_css() -> Response:
    return _static("puhui.css")


@router.get("/static/reference.js")
def get_js() -> Response:
    return _static("reference.js")


@router.get("/favicon.ico")
def get_favicon() -> Response:
    return Response(status_code=204, headers={"Cache-Control": "public, max-age=86400"})


def _static(name: str) -> Response:
    content = resources.files("api").joinpath("static", name).read_bytes()
    return Response(content, media_type=_STATIC[name])
