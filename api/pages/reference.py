"""The reference of the API as one plain page, made from the OpenAPI document alone."""

from __future__ import annotations

import json
from html import escape
from typing import Any

Document = dict[str, Any]


def reference_page(document: Document, base_url: str) -> str:
    """The HTML of the page. `base_url` is where this client reached us; the curl lines use it."""
    operations = _operations(document)
    parts = [_head(document, base_url), _contents(document, operations)]
    for tag in document["tags"]:
        parts.append(f'<h2 id="{_slug(tag["name"])}">{escape(tag["name"])}</h2><p>{escape(tag["description"])}</p>')
        parts += [_operation(path, one, base_url) for path, one in operations if tag["name"] in one["tags"]]
    parts.append("<h2 id='schemas'>schemas</h2>")
    parts += [_schema(name, one) for name, one in sorted(document["components"]["schemas"].items())]
    parts.append("</main></body></html>\n")
    return "\n".join(parts)


def _operations(document: Document) -> list[tuple[str, Document]]:
    return [
        (path, {**one, "method": method.upper()})
        for path, methods in document["paths"].items()
        for method, one in methods.items()
    ]


def _head(document: Document, base_url: str) -> str:
    info = document["info"]
    paragraphs = "".join(f"<p>{_code(escape(text))}</p>" for text in info["description"].strip().split("\n\n"))
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(info["title"])} API</title>
<link rel="stylesheet" href="/static/puhui.css">
<script src="/static/reference.js" defer></script>
</head>
<body>
<header><h1><a href="/">{escape(info["title"])}</a> API <span lang="zh-CN">接口文档</span></h1></header>
<main>
<p>Version {escape(info["version"])}. Base address <code>{escape(base_url)}/api/v1</code>.
Machine-readable: <a href="/api/v1/openapi.json">OpenAPI {escape(document["openapi"])}</a>.</p>
{paragraphs}"""


def _contents(document: Document, operations: list[tuple[str, Document]]) -> str:
    lines = ["<nav aria-label='Contents'><ul>"]
    for tag in document["tags"]:
        links = [
            f'<a href="#{escape(one["operationId"])}">{escape(one["operationId"])}</a>'
            for _, one in operations
            if tag["name"] in one["tags"]
        ]
        lines.append(f'<li><a href="#{_slug(tag["name"])}">{escape(tag["name"])}</a>: {", ".join(links)}</li>')
    lines.append('<li><a href="#schemas">schemas</a></li></ul></nav>')
    return "".join(lines)


def _operation(path: str, operation: Document, base_url: str) -> str:
    name = escape(operation["operationId"])
    example_path = operation.get("x-example-path", path)
    posts = " -H 'Content-Type: application/json' --data @message.json" if operation["method"] == "POST" else ""
    command = f"curl{posts} '{base_url}{example_path}'"
    return f"""<section id="{name}">
<h3><span class="method">{operation["method"]}</span> <code>{escape(path)}</code></h3>
<p>{escape(operation.get("description") or operation.get("summary", ""))}</p>
{_parameters(operation.get("parameters", []))}
<div class="curl"><pre><code>{escape(command)}</code></pre>
<button type="button" data-copy="{escape(command)}">Copy</button></div>
{_responses(operation["responses"])}
</section>"""


def _parameters(parameters: list[Document]) -> str:
    if not parameters:
        return ""
    rows = [
        f"<tr><td><code>{escape(one['name'])}</code></td>"
        f"<td>{escape(one['in'])}{', required' if one['required'] else ''}</td>"
        f"<td>{escape(one.get('description', ''))}{_range(one['schema'])}</td></tr>"
        for one in parameters
    ]
    return (
        "<table><thead><tr><th>Parameter</th><th>Where</th><th>What</th></tr></thead><tbody>"
        + "".join(rows)
        + "</tbody></table>"
    )


def _range(schema: Document) -> str:
    known = [
        f"{word} {schema[key]}"
        for key, word in (("minimum", "from"), ("maximum", "to"), ("default", "default"))
        if schema.get(key) is not None
    ]
    return f" <small>({escape(', '.join(known))})</small>" if known else ""


def _responses(responses: Document) -> str:
    lines = []
    for status, response in responses.items():
        for media_type, content in response.get("content", {}).items():
            schema = _type(content.get("schema", {}))
            example = content.get("example")
            shown = "" if example is None else f"<pre><code>{escape(_pretty(example))}</code></pre>"
            lines.append(
                f"<details><summary>{escape(status)} <code>{escape(media_type)}</code> {schema} "
                f"{escape(response['description'])}</summary>{shown}</details>"
            )
    return "".join(lines)


def _schema(name: str, schema: Document) -> str:
    rows = [
        f"<tr><td><code>{escape(field)}</code></td><td>{_type(one)}</td>"
        f"<td>{escape(one.get('description', ''))}</td></tr>"
        for field, one in schema.get("properties", {}).items()
    ]
    description = escape(schema.get("description", ""))
    return (
        f'<section id="schema-{escape(name)}"><h3>{escape(name)}</h3><p>{description}</p>'
        f"<table><tbody>{''.join(rows)}</tbody></table></section>"
    )


def _type(schema: Document) -> str:
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#schema-{name}">{name}</a>'
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " or ".join(_type(one) for one in schema[key])
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if "enum" in schema or "const" in schema:
        return ", ".join(f"<code>{escape(str(one))}</code>" for one in schema.get("enum", [schema.get("const")]))
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return escape(f"{words} ({schema['format']})" if "format" in schema else words)


def _pretty(example: Any) -> str:
    return example if isinstance(example, str) else json.dumps(example, ensure_ascii=False, indent=2)


def _code(text: str) -> str:
    """`word` in backticks as code."""
    pieces = text.split("`")
    return "".join(f"<code>{piece}</code>" if place % 2 else piece for place, piece in enumerate(pieces))


def _slug(text: str) -> str:
    return "tag-" + escape(text.replace(" ", "-"))
