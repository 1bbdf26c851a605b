"""Public texts behind hashes: what belongs to a hash stays, what is a name may change."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from registry.db.models import AccountName, Document, MethodologyDefinition, ProjectName
from registry.db.session import Database
from registry.domain.errors import InvalidInput
from registry.domain.methodology import definition_hash, load_shipped
from registry.services import texts
from tests.world import PROJECT, actor

ACCOUNT = actor("any account").address


def rows(database: Database, model: Any) -> list[Any]:
    with database.session() as session:
        return session.query(model).all()


def test_text__kept_twice__is_one_row_under_its_hash(database: Database) -> None:
    digest = texts.keep_text(database, "statement", "上海骑行节")
    assert (
        texts.keep_text(database, "another kind", "上海骑行节")
        == digest
        == hashlib.sha256("上海骑行节".encode()).digest()
    )
    (row,) = rows(database, Document)
    assert (row.kind, row.text, row.salt) == ("statement", "上海骑行节", None)


@pytest.mark.parametrize("text", ["", " ", "\n", "x" * 2001, "\ud800"])
def test_text__that_is_none__is_refused(database: Database, text: str) -> None:
    with pytest.raises(InvalidInput, match="statement"):
        texts.keep_text(database, "statement", text)
    assert rows(database, Document) == []


def test_definition__is_kept_under_the_hash_by_which_it_is_filed(database: Database) -> None:
    methodology = load_shipped()["travel-beijing-2024"]
    for _ in range(2):
        assert texts.keep_definition(database, methodology) == definition_hash(methodology)
    (row,) = rows(database, MethodologyDefinition)
    assert hashlib.sha256(row.definition.encode()).digest() == row.definition_hash


def test_names__given_again__take_the_place_of_the_first(database: Database) -> None:
    texts.name_account(database, ACCOUNT, "旧名", "Old name")
    texts.name_account(database, ACCOUNT, "新名")
    (account,) = rows(database, AccountName)
    assert (account.account, account.name_zh, account.name_en) == (ACCOUNT, "新名", None)
    texts.name_project(database, PROJECT, "骑行", "Cycling", "Only an illustration.")
    texts.name_project(database, PROJECT, "骑行", "Cycling")
    (project,) = rows(database, ProjectName)
    assert (project.name_en, project.illustration) == ("Cycling", None)


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "\udcff"])
def test_names__that_are_none__are_refused(database: Database, name: str) -> None:
    with pytest.raises(InvalidInput):
        texts.name_account(database, ACCOUNT, name)
    with pytest.raises(InvalidInput):
        texts.name_account(database, ACCOUNT, "名", name)
    with pytest.raises(InvalidInput):
        texts.name_project(database, PROJECT, name)
    assert rows(database, AccountName) == rows(database, ProjectName) == []
