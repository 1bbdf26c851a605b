"""Numbers that name things: project ids and batch ids, built as the contracts build them.

project id = jurisdiction << 32 | number        (uint64; numbers run from 1 in each jurisdiction)
batch id   = project id << 64 | seq of report   (the ERC-1155 token id)
"""

from typing import Any, Final

from registry.domain.errors import InvalidQuantity, InvalidSerial
from registry.domain.units import check_integer

# GB/T 2260 codes have six digits; the contracts admit the same range.
FIRST_JURISDICTION: Final = 110_000
LAST_JURISDICTION: Final = 829_999

COUNCIL_JURISDICTION: Final = 0
"""The network council. It holds roles and has no projects."""

MAX_PROJECT_NUMBER: Final = 2**32 - 1
MAX_SEQ: Final = 2**63 - 1


def check_jurisdiction(jurisdiction: Any) -> int:
    """Returns a GB/T 2260 code of a jurisdiction that can have projects and accounts. Raises InvalidSerial."""
    return _check("jurisdiction", jurisdiction, FIRST_JURISDICTION, LAST_JURISDICTION)


def project_id(jurisdiction: int, number: int) -> int:
    """The id of the `number`-th project of a jurisdiction. Raises InvalidSerial."""
    return check_jurisdiction(jurisdiction) << 32 | _check("project number", number, 1, MAX_PROJECT_NUMBER)


def split_project_id(project: int) -> tuple[int, int]:
    """(jurisdiction, number) of a project id. Raises InvalidSerial if it is none."""
    _check("project id", project, 1, 2**64 - 1)
    jurisdiction, number = project >> 32, project & 0xFFFF_FFFF
    project_id(jurisdiction, number)
    return jurisdiction, number


def batch_id(project: int, seq: int) -> int:
    """The id of the batch issued from a project's report `seq`. Raises InvalidSerial."""
    split_project_id(project)
    return project << 64 | _check("seq", seq, 1, MAX_SEQ)


def split_batch_id(batch: int) -> tuple[int, int]:
    """(project id, seq) of a batch id. Raises InvalidSerial if it is none."""
    _check("batch id", batch, 1, 2**128 - 1)
    project, seq = batch >> 64, batch & 0xFFFF_FFFF_FFFF_FFFF
    batch_id(project, seq)
    return project, seq


def _check(field: str, value: Any, least: int, greatest: int) -> int:
    try:
        return check_integer(value, field, least, greatest)
    except InvalidQuantity as error:
        raise InvalidSerial(**error.values) from None
