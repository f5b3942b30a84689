# SPDX-License-Identifier: Apache-2.0
"""For the operator, on loopback: metrics, the description of the interface, and the same as a page."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any, Final

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from cocket import __version__
from cocket.api.openapi import openapi_of
from cocket.exchange.cloud_events import write_async_api
from cocket.gate import PAGE_HEADERS, with_headers
from cocket.gate.headers import Application

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2430 }
h2 { font: 600 1rem ui-monospace, monospace; margin: 2rem 0 0 } h2 span { color: #0b6b50 }
table { border-collapse: collapse } td { padding: .1rem 1rem .1rem 0; vertical-align: top }
td:first-child { font-family: ui-monospace, monospace }
"""


def build_admin(rest: FastAPI, metrics_text: Callable[[], bytes]) -> Application:
    """The operator's side of the HTTP door: `/metrics`, `/openapi.json`, `/asyncapi.json`, `/docs`.

    Args:
        rest: The routes to describe.
        metrics_text: Gives what is counted, in the Prometheus text format; may take a few seconds.
    """

    def metrics(request: Request) -> Response:
        return Response(metrics_text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    def openapi(request: Request) -> Response:
        return JSONResponse(openapi_of(rest))

    def asyncapi(request: Request) -> Response:
        return JSONResponse(write_async_api(__version__))

    def docs(request: Request) -> Response:
        return HTMLResponse(docs_page(openapi_of(rest)))

    def style(request: Request) -> Response:
        return Response(_STYLE, media_type="text/css")

    routes = {
        "/metrics": metrics,
        "/openapi.json": openapi,
        "/asyncapi.json": asyncapi,
        "/docs": docs,
        "/docs.css": style,
    }
    app = Starlette(routes=[Route(path, endpoint) for path, endpoint in routes.items()])
    return with_headers(app, PAGE_HEADERS)


def docs_page(document: dict[str, Any]) -> str:
    """The description of the interface as a plain page, without scripts."""
    operations = [
        _operation(method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method != "head"
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Cocket HTTP interface</title>'
        '<link rel="stylesheet" href="/docs.css"></head><body><main><h1>Cocket HTTP interface</h1>'
        '<p>For programs: <a href="/openapi.json">openapi.json</a>; events: <a href="/asyncapi.json">asyncapi.json</a>.</p>'
        + "".join(operations)
        + "</main></body></html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    parameters = [
        (f"{one['name']} ({one['in']})", one.get("description", "")) for one in operation.get("parameters", ())
    ]
    responses = [(str(status), one["description"]) for status, one in operation["responses"].items()]
    rows = "".join(f"<tr><td>{escape(name)}</td><td>{escape(text)}</td></tr>" for name, text in parameters + responses)
    return (
        f"<section><h2><span>{escape(method.upper())}</span> {escape(path)}</h2>"
        f"<p>{escape(operation['summary'])}</p><table>{rows}</table></section>"
    )
