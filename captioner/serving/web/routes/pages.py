"""The page with its styles and scripts, the description of the API for people, and the metrics."""

from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response

from captioner.figures.pages import page

# name: its package and place there; the overlay is the one of `captioner attend --out page.html`
ASSETS = {
    **{
        name: ("captioner.serving.web", f"page/{name}")
        for name in ("page.css", "icon.svg", "gallery.css", "gallery.js", "search.js")
    },
    **{name: ("captioner.serving.web", f"page/{name}") for name in ("main.js", "card.js", "client.js", "settings.js")},
    **{name: ("captioner.figures", f"page/{name}") for name in ("attention.css", "attention.js")},
}
KINDS = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
STRICT = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-cache"}
OWN_ONLY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
NO_SCRIPT = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
ASKED = {"ask": "?question=what+is+this", "found": "?words=two+dogs+on+a+beach"}

pages = APIRouter(include_in_schema=False)


@cache
def content(package: str, name: str) -> bytes:
    """A file of the package."""
    return files(package).joinpath(name).read_bytes()


@pages.get("/")
async def index() -> Response:
    """The page."""
    headers = {**STRICT, "Content-Security-Policy": OWN_ONLY}
    return Response(content("captioner.serving.web", "page/index.html"), media_type="text/html", headers=headers)


@pages.get("/assets/{name}")
async def asset(name: str) -> Response:
    """What the page is made of."""
    if name not in ASSETS:
        raise HTTPException(404, "there is no such file")
    kind = KINDS[name.rpartition(".")[2]]
    return Response(content(*ASSETS[name]), media_type=kind, headers=STRICT)


@pages.get("/metrics")
async def metrics(request: Request) -> Response:
    """Counts and times for Prometheus."""
    counted = request.app.state.service.metrics
    return Response(counted.text(), headers={"Content-Type": counted.content_type})


@pages.get("/docs")
async def docs(request: Request) -> Response:
    """The OpenAPI description, to be read by people; needs nothing from the net."""
    described = request.app.openapi()
    blocks = [f"<p>{escape(described['info']['description'])} As JSON: <a href=openapi.json>openapi.json</a>.</p>"]
    for path, operations in described["paths"].items():
        blocks += [operation(path, method, each) for method, each in operations.items()]
    headers = {**STRICT, "Content-Security-Policy": NO_SCRIPT}
    return Response(page("captioner: the API", *blocks), media_type="text/html", headers=headers)


def operation(path: str, method: str, described: dict[str, Any]) -> str:
    """One endpoint: what it does, its settings, and a line to type."""
    rows = "\n".join(
        f"<tr><th scope=row>{escape(each['name'])}</th><td>{escape(values(each['schema']))}</td>"
        f"<td>{escape(each.get('description', ''))}</td></tr>"
        for each in described.get("parameters", [])
    )
    data = " --data-binary @photo.jpg" if "requestBody" in described else ""
    asked = ASKED.get(path.rpartition("/")[2], "")
    table = f"<table>\n<tbody>\n{rows}\n</tbody></table>\n" if rows else ""
    return (
        f"<h2>{method.upper()} {escape(path)}</h2>\n<p>{escape(described['description'])}</p>\n{table}"
        f"<pre>curl{data} 'http://HOST:PORT{escape(path)}{asked}'</pre>"
    )


def values(schema: dict[str, Any]) -> str:
    """What a setting may be."""
    if "anyOf" in schema:
        return " or ".join(values(each) for each in schema["anyOf"] if each.get("type") != "null")
    kind = " | ".join(map(str, schema.get("enum", []))) or schema.get("type", "")
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    span = f" {least}..{most}" if least is not None and most is not None else ""
    usual = f" ({schema['default']})" if schema.get("default") is not None else ""
    return f"{kind}{span}{usual}"
