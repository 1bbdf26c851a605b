"""JSON that has one form: the bytes that are hashed and signed, and strict reading of what others wrote.

Canonical: keys sorted by code point, no blanks, UTF-8 unescaped, integers only. The same content gives the same bytes
in every language, because there is no float to print.
"""

import hashlib
import json
import re
from collections import Counter
from typing import Any, Final, NoReturn

from registry.domain.errors import InvalidInput

MAX_DEPTH: Final = 32

# A bracket, or a whole string (to the end of the text if it never closes) so that the brackets in it are passed over.
_BRACKETS: Final = re.compile(r'[\[{\]}]|"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)


class InvalidJson(InvalidInput):
    """Values: what, path, problem."""

    code = "invalid_json"
    text = "{what} is not acceptable JSON at {path}: {problem}."


def canonical_json(value: Any, what: str = "document") -> bytes:
    """The canonical bytes of dictionaries with text keys, lists, texts, integers, booleans and None.

    Raises InvalidJson for a float or anything else, with the path to it.
    """
    _check(value, what, "$", 0)
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def canonical_sha256(value: Any, what: str = "document") -> bytes:
    """SHA-256 (32 bytes) of the canonical bytes. Raises InvalidJson."""
    return hashlib.sha256(canonical_json(value, what)).digest()


def parse_strict_json(data: bytes | str, what: str = "document") -> Any:
    """Reads JSON as UTF-8 with everything refused that two readers could read differently: floats, a name twice in one
    object, NaN, a byte order mark, text that is not Unicode, nesting deeper than MAX_DEPTH. Raises InvalidJson.
    """
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        _check_nesting(text, what)
        value = json.loads(
            text,
            object_pairs_hook=_unique_names,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
    except _RefusedError as refused:
        raise InvalidJson(what=what, path="$", problem=str(refused)) from None
    except UnicodeDecodeError as error:
        raise InvalidJson(what=what, path=f"byte {error.start}", problem="is not UTF-8") from None
    except json.JSONDecodeError as error:
        path = f"line {error.lineno}, column {error.colno}"
        raise InvalidJson(what=what, path=path, problem=error.msg) from None
    except ValueError:
        # CPython refuses to convert integers of thousands of digits.
        raise InvalidJson(what=what, path="$", problem="has an integer of absurd length") from None
    _check(value, what, "$", 0)
    return value


def _check_nesting(text: str, what: str) -> None:
    # Before the reader sees it: where some library has raised the recursion limit, json.loads overflows the C stack on
    # a file of a hundred thousand brackets and takes the process with it.
    depth = 0
    for match in _BRACKETS.finditer(text):
        if match[0] in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise InvalidJson(what=what, path=f"character {match.start()}", problem=_too_deep())
        elif match[0] in "]}":
            depth -= 1


def _too_deep() -> str:
    return f"is nested deeper than {MAX_DEPTH}"


class _RefusedError(Exception):
    """Carries the problem out of the hooks of json.loads, which know no path."""


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = sorted(name for name, count in counts.items() if count > 1)[:5]
        raise _RefusedError(f"a name stands twice in one object: {', '.join(map(repr, twice))}")
    return found


def _refuse_number(text: str) -> NoReturn:
    raise _RefusedError(f"{text} is not an integer; amounts are integers with a scale")


def _check(value: Any, what: str, path: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise InvalidJson(what=what, path=path, problem=_too_deep())
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, int):
        # No number of the register is wider than an EVM word, and absurd ones break readers.
        if not -(2**255) <= value < 2**256:
            raise InvalidJson(what=what, path=path, problem="is an integer wider than 256 bits")
        return
    if isinstance(value, str):
        _check_text(value, what, path)
    elif isinstance(value, list | tuple):
        for position, item in enumerate(value):
            _check(item, what, f"{path}[{position}]", depth + 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            if not isinstance(name, str):
                raise InvalidJson(what=what, path=path, problem=f"the name {name!r} is not text")
            _check_text(name, what, path)
            _check(item, what, f"{path}.{name}", depth + 1)
    else:
        raise InvalidJson(what=what, path=path, problem=f"{type(value).__name__} has no canonical form")


def _check_text(text: str, what: str, path: str) -> None:
    # A lone surrogate is legal in JSON escapes and has no UTF-8 form.
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidJson(what=what, path=path, problem="has text that is not Unicode") from None
