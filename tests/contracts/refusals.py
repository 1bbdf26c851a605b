"""How a test says that a contract must refuse, and with which values."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from registry.chain import errors
from registry.domain.errors import ContractRefused

REASON = hashlib.sha256(b"reason").digest()


@contextmanager
def refused(error_name: str, **values: Any) -> Iterator[None]:
    """What is done inside must be refused with this custom error and exactly these values."""
    with pytest.raises(ContractRefused) as caught:
        yield
    refusal = caught.value
    assert refusal.error_name == error_name, refusal
    assert refusal.values == values
    assert type(refusal) is getattr(errors, error_name)
