"""Making certificates: nothing is written unless the whole of it holds. What they prove is in tests/registry/proofs."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry.domain.errors import InvalidInput, NotFound, RegistryError
from registry.services.certificates import certificate_bytes, write_certificate
from registry.services.registry import Registry


@pytest.mark.parametrize("retirement_id", [0, 10**9])
def test_certificate__of_no_retirement__is_not_found(registry: Registry, retirement_id: int) -> None:
    with pytest.raises(NotFound, match=f"retirement {retirement_id}"):
        certificate_bytes(registry, retirement_id)


def test_certificate__whose_acts_are_not_published__is_refused_and_leaves_no_file(
    registry: Registry, tmp_path: Path
) -> None:
    target = tmp_path / "certificate.json"
    target.write_text("what was there before")
    with pytest.raises(RegistryError):
        write_certificate(registry, 1, target)
    assert target.read_text() == "what was there before"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    assert not registry.home.certificates.exists()


def test_certificate__to_a_path_without_a_name__is_refused(registry: Registry) -> None:
    for path in (Path("/"), Path(".")):
        with pytest.raises(InvalidInput, match="must name a file"):
            write_certificate(registry, 1, path)
