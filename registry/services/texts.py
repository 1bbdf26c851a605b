"""Public texts that the chain knows by hash: statements, names, definitions. Kept beside the index, not derived."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from registry.db.models import AccountName, Document, MethodologyDefinition, ProjectName
from registry.db.session import Database
from registry.domain.errors import InvalidInput
from registry.domain.methodology import Methodology, definition_bytes, definition_hash

MAX_TEXT_CHARS = 2_000
MAX_NAME_CHARS = 200


def keep_text(database: Database, kind: str, text: str) -> bytes:
    """Stores a text that is public from the start and returns its SHA-256, which goes on chain. Raises InvalidInput."""
    check_text(kind, text)
    digest = hash_of(text)
    _keep(database, Document, digest, kind=kind, text=text, salt=None)
    return digest


def hash_of(text: str) -> bytes:
    """The hash under which a text is kept: SHA-256 of its UTF-8 bytes."""
    return hashlib.sha256(text.encode()).digest()


def keep_definition(database: Database, methodology: Methodology) -> bytes:
    """Stores the definition of a methodology under the hash by which it is filed, and returns the hash."""
    digest = definition_hash(methodology)
    _keep(database, MethodologyDefinition, digest, definition=definition_bytes(methodology).decode())
    return digest


def name_account(database: Database, account: str, name_zh: str, name_en: str | None = None) -> None:
    """Gives an account the public name that its holder wants; a later one takes its place. Raises InvalidInput."""
    _check_names(name_zh, name_en)
    _put(database, AccountName, account, name_zh=name_zh, name_en=name_en)


def name_project(
    database: Database, project_id: int, name_zh: str, name_en: str | None = None, illustration: str | None = None
) -> None:
    """Gives a project its public name; `illustration` says what in its figures is an example and no fact.

    A later name takes its place. Raises InvalidInput.
    """
    _check_names(name_zh, name_en)
    if illustration is not None:
        check_text("illustration", illustration)
    _put(database, ProjectName, project_id, name_zh=name_zh, name_en=name_en, illustration=illustration)


def check_text(field: str, text: str, most: int = MAX_TEXT_CHARS) -> str:
    """Returns a text of 1 to `most` characters that can be written in UTF-8. Raises InvalidInput."""
    if not text.strip() or len(text) > most:
        raise InvalidInput(field=field, problem=f"must have 1 to {most} characters", given=text[:40])
    try:
        text.encode()
    except UnicodeEncodeError as cause:
        raise InvalidInput(field=field, problem=f"is not UTF-8 text ({cause.reason})", given=ascii(text[:40])) from None
    return text


def _check_names(name_zh: str, name_en: str | None) -> None:
    check_text("name", name_zh, MAX_NAME_CHARS)
    if name_en is not None:
        check_text("English name", name_en, MAX_NAME_CHARS)


def _keep(database: Database, model: type[Any], key: Any, **values: Any) -> None:
    """Stores what belongs to its hash for ever."""
    with database.transaction() as session:
        if session.get(model, key) is None:
            session.add(model(**{_key_of(model): key}, **values, added_at=datetime.now(UTC)))


def _put(database: Database, model: type[Any], key: Any, **values: Any) -> None:
    """Stores what may be replaced."""
    with database.transaction() as session:
        session.merge(model(**{_key_of(model): key}, **values, added_at=datetime.now(UTC)))


def _key_of(model: type[Any]) -> str:
    return str(model.__mapper__.primary_key[0].name)
