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


def keep_text(database: Database, kind: str, text: str) -> bytes:
    """Stores a text that is public from the start and returns its SHA-256, which goes on chain. Raises InvalidInput."""
    if not text.strip() or len(text) > MAX_TEXT_CHARS:
        raise InvalidInput(field=kind, problem=f"must have 1 to {MAX_TEXT_CHARS} characters", given=text[:40])
    digest = hashlib.sha256(text.encode()).digest()
    _keep(database, Document, digest, kind=kind, text=text, salt=None)
    return digest


def keep_definition(database: Database, methodology: Methodology) -> bytes:
    """Stores the definition of a methodology under the hash by which it is filed, and returns the hash."""
    digest = definition_hash(methodology)
    _keep(database, MethodologyDefinition, digest, definition=definition_bytes(methodology).decode())
    return digest


def name_account(database: Database, account: str, name_zh: str, name_en: str | None = None) -> None:
    """Gives an account the public name that its holder wants."""
    _keep(database, AccountName, account, name_zh=name_zh, name_en=name_en)


def name_project(
    database: Database, project_id: int, name_zh: str, name_en: str | None = None, illustration: str | None = None
) -> None:
    """Gives a project its public name; `illustration` says what in its figures is an example and no fact."""
    _keep(database, ProjectName, project_id, name_zh=name_zh, name_en=name_en, illustration=illustration)


def _keep(database: Database, model: type[Any], key: Any, **values: Any) -> None:
    with database.transaction() as session:
        if session.get(model, key) is None:
            primary = model.__mapper__.primary_key[0].name
            session.add(model(**{primary: key}, **values, added_at=datetime.now(UTC)))
