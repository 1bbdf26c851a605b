"""Amounts: grams of CO2e and quantities in base units, integers everywhere; tonnes exist only as text.

No float comes near a credit: decimal text is read digit by digit into integers, and what is cut off is cut downwards.
"""

import re
from typing import Any, Final, NewType

from registry.domain.errors import InvalidQuantity

Grams = NewType("Grams", int)
"""Grams of CO2e, 0 to MAX_GRAMS."""

GRAMS_PER_TONNE: Final = 1_000_000

# 9.2e12 tonnes: more than the world emits in a century, and the most that a signed 64-bit column holds. The contracts
# count in uint64; what lies between is refused here, so that no amount exists that one part holds and another does not.
MAX_GRAMS: Final = 2**63 - 1

LINE_END: Final = 2**56 - 1
"""Where every number line and every log ends at the latest: the ledger keeps the grams of a project in 56 bits."""

MAX_QUANTITY: Final = 2**63 - 1
"""Quantities in base units (metres, Wh, pieces, ml) travel as int64 too."""

_TONNES = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,6}))?")
_DECIMAL = re.compile(r"([0-9]{1,30})(?:\.([0-9]{1,30}))?")


def check_integer(value: Any, field: str, least: int, greatest: int) -> int:
    """Returns `value` if it is an integer of least..greatest.

    Raises InvalidQuantity, also for True and False, which Python counts as integers and nobody else does.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidQuantity(field=field, problem="must be an integer", given=value)
    if value < least:
        raise InvalidQuantity(field=field, problem=f"must be at least {least}", given=value)
    if value > greatest:
        raise InvalidQuantity(field=field, problem=f"must be at most {greatest}", given=value)
    return int(value)


def check_grams(value: Any, field: str = "grams", least: int = 0) -> Grams:
    """Returns `value` if it is an amount of grams: an integer of least..MAX_GRAMS. Raises InvalidQuantity."""
    return Grams(check_integer(value, field, least, MAX_GRAMS))


def check_quantity(value: Any, field: str = "quantity", least: int = 0) -> int:
    """Returns `value` if it is a quantity in base units: an integer of least..MAX_QUANTITY. Raises InvalidQuantity."""
    return check_integer(value, field, least, MAX_QUANTITY)


def grams_to_tonnes_text(grams: int) -> str:
    """Tonnes with six decimals, exact: 12_345_678 -> "12.345678". Raises InvalidQuantity."""
    tonnes, rest = divmod(check_grams(grams), GRAMS_PER_TONNE)
    return f"{tonnes}.{rest:06d}"


def tonnes_text_to_grams(text: str) -> Grams:
    """Grams of a text of tonnes with up to six decimals: "12.5" -> 12_500_000. Raises InvalidQuantity.

    A seventh decimal would have to be rounded and is refused, even if it is zero.
    """
    match = _TONNES.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise InvalidQuantity(
            field="tonnes", problem='must be digits with at most six decimals, such as "12.345678"', given=text
        )
    whole, decimals = match.group(1), match.group(2) or ""
    return check_grams(int(whole) * GRAMS_PER_TONNE + int(decimals.ljust(6, "0")), "tonnes")


def decimal_text_to_integer(text: str, multiplier: int, field: str = "quantity") -> int:
    """floor(decimal text x multiplier), exact: ("867.65", 1) -> 867, ("0.42", 1000) -> 420.

    Only digits and one point are read: no sign, exponent, separator, NaN or infinity. Raises InvalidQuantity.
    """
    check_integer(multiplier, "multiplier", 1, 10**18)
    match = _DECIMAL.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        negative = isinstance(text, str) and text.startswith("-")
        problem = "must not be negative" if negative else "must be digits with at most one decimal point"
        raise InvalidQuantity(field=field, problem=problem, given=text)
    decimals = match.group(2) or ""
    scale: int = 10 ** len(decimals)
    return int(match.group(1) + decimals) * multiplier // scale
