"""Serials: positions of grams on a project's number line, and their printed form.

In code ranges are half-open [start, end) and count from 0. In print they are inclusive and count from 1, as on every
certificate of every registry:

    PH-310000-0001-2016-001-000000000001-000000012345
       |      |    |    |   first        last serial
       |      |    |    seq of the report
       |      |    vintage
       |      number of the project
       jurisdiction (GB/T 2260)

Numbers are padded to the widths above and longer where they need it, so that every range has exactly one printed form.
"""

import re
from dataclasses import dataclass
from typing import Final

from registry.domain.errors import InvalidQuantity, InvalidSerial
from registry.domain.ids import batch_id, project_id, split_batch_id, split_project_id
from registry.domain.units import LINE_END, Grams, check_integer

PREFIX: Final = "PH"
_PROJECT = r"PH-(?P<jurisdiction>[0-9]{6})-(?P<number>[0-9]{4,10})"
_BATCH = _PROJECT + r"-(?P<vintage>[0-9]{4})-(?P<seq>[0-9]{3,19})"
_RANGE = _BATCH + r"-(?P<first>[0-9]{12,19})-(?P<last>[0-9]{12,19})"
_PROJECT_TEXT = re.compile(_PROJECT)
_BATCH_TEXT = re.compile(_BATCH)
_RANGE_TEXT = re.compile(_RANGE)


@dataclass(frozen=True, slots=True, order=True)
class SerialRange:
    """The grams [start, end) of one project's number line, in the batch of report `seq`. Never empty.

    Raises InvalidSerial.
    """

    project_id: int
    seq: int
    vintage: int
    start: int
    end: int

    def __post_init__(self) -> None:
        batch_id(self.project_id, self.seq)
        _check_vintage(self.vintage)
        try:
            check_integer(self.start, "serial start", 0, LINE_END)
            check_integer(self.end, "serial end", 0, LINE_END)
        except InvalidQuantity as error:
            raise InvalidSerial(**error.values) from None
        if self.end <= self.start:
            raise InvalidSerial(field="serial range", problem="it is empty or reversed", given=(self.start, self.end))

    @property
    def grams(self) -> Grams:
        return Grams(self.end - self.start)

    @property
    def batch_id(self) -> int:
        return batch_id(self.project_id, self.seq)

    def __contains__(self, serial: int) -> bool:
        return self.start <= serial < self.end

    def overlaps(self, other: "SerialRange") -> bool:
        """Whether both name a gram of the same project's line."""
        return self.project_id == other.project_id and self.start < other.end and other.start < self.end

    def printed(self) -> str:
        batch = printed_batch(self.batch_id, self.vintage)
        return f"{batch}-{self.start + 1:012d}-{self.end:012d}"

    @classmethod
    def parse(cls, text: str) -> "SerialRange":
        """The range of its printed form, and of no other writing. Raises InvalidSerial."""
        match = _matched(_RANGE_TEXT, text, "serial range", "PH-310000-0001-2016-001-000000000001-000000012345")
        found = cls(
            project_id=project_id(int(match["jurisdiction"]), int(match["number"])),
            seq=int(match["seq"]),
            vintage=int(match["vintage"]),
            start=int(match["first"]) - 1,
            end=int(match["last"]),
        )
        _check_canonical("serial range", text, found.printed())
        return found


def printed_project(project: int) -> str:
    """The printed form of a project id: "PH-310000-0001". Raises InvalidSerial."""
    jurisdiction, number = split_project_id(project)
    return f"{PREFIX}-{jurisdiction:06d}-{number:04d}"


def parse_project(text: str) -> int:
    """The project id of its printed form. Raises InvalidSerial."""
    match = _matched(_PROJECT_TEXT, text, "project", "PH-310000-0001")
    found = project_id(int(match["jurisdiction"]), int(match["number"]))
    _check_canonical("project", text, printed_project(found))
    return found


def printed_batch(batch: int, vintage: int) -> str:
    """The printed form of a batch: "PH-310000-0001-2016-001". The vintage is not in the id. Raises InvalidSerial."""
    project, seq = split_batch_id(batch)
    return f"{printed_project(project)}-{_check_vintage(vintage):04d}-{seq:03d}"


def parse_batch(text: str) -> tuple[int, int]:
    """(batch id, vintage) of a batch's printed form. Raises InvalidSerial."""
    match = _matched(_BATCH_TEXT, text, "batch", "PH-310000-0001-2016-001")
    found = batch_id(project_id(int(match["jurisdiction"]), int(match["number"])), int(match["seq"]))
    vintage = int(match["vintage"])
    _check_canonical("batch", text, printed_batch(found, vintage))
    return found, vintage


def _check_vintage(vintage: int) -> int:
    try:
        return check_integer(vintage, "vintage", 1970, 9999)
    except InvalidQuantity as error:
        raise InvalidSerial(**error.values) from None


def _matched(pattern: re.Pattern[str], text: str, field: str, example: str) -> re.Match[str]:
    match = pattern.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise InvalidSerial(field=field, problem=f"must be written like {example}", given=text)
    return match


def _check_canonical(field: str, text: str, printed: str) -> None:
    if text != printed:
        raise InvalidSerial(field=field, problem=f"has more zeros than its printed form {printed}", given=text)
