"""Sums beyond 63 bits are exact."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Column, Integer, create_engine, insert, select
from sqlalchemy.orm import DeclarativeBase

from registry.domain.units import MAX_GRAMS
from registry.services.views.sums import halves, joined


class _Base(DeclarativeBase):
    pass


class _Amount(_Base):
    __tablename__ = "amounts"
    id = Column(Integer, primary_key=True)
    grams = Column(BigInteger)


@pytest.mark.parametrize("amounts", [[], [0], [1, 2], [2**32 - 1, 1], [MAX_GRAMS] * 3, [MAX_GRAMS, 1, 0, 2**40 + 7]])
def test_joined__halves_of_any_amounts__are_their_sum(tmp_path: Path, amounts: list[int]) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'sums.sqlite'}")
    _Base.metadata.create_all(engine)
    with engine.begin() as connection:
        if amounts:
            connection.execute(insert(_Amount), [{"grams": grams} for grams in amounts])
        high, low = connection.execute(select(*halves(_Amount.grams))).one()  # type: ignore[arg-type]
    engine.dispose()
    assert joined(high, low) == sum(amounts)
