"""Names of acts and actors: what makes one physical act one act, on whichever platform and in whichever file.

An act key is the canonical text of the physical act, with no person in it:

    shared-bike;bike=79699;start=2016-08-01T00:23+08:00

One act has one text: the methodology says, for each scenario, which kind, which field and which form of its value are
used (`AssetForm`), and oracles refuse a key in any other. The act id, the nullifier in the log, is its HMAC under the
network's pepper. Actors are commitments that only their platform (or the person, who may ask it for the actor secret)
can tie together.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from registry.domain.days import from_day
from registry.domain.errors import InvalidEvidence

ACT_ID_BYTES: Final = 32
LOOK_ALIKE_BYTES: Final = 16
ACTOR_BYTES: Final = 32
ACTOR_DAY_BYTES: Final = 16
MIN_SECRET_BYTES: Final = 16
MAX_ACT_KEY_CHARS: Final = 500
MAX_DECIMAL_ASSET_CHARS: Final = 18
MAX_ALPHANUMERIC_ASSET_CHARS: Final = 32

START_FIELD: Final = "start"
"""The field of an act key that says when the act began, to the minute, in the scheme's zone."""
KIND_PATTERN: Final = r"[a-z][a-z0-9-]{0,63}"
FIELD_PATTERN: Final = r"[a-z][a-z0-9_]{0,31}"

_KIND = re.compile(KIND_PATTERN)
_NAME = re.compile(FIELD_PATTERN)
_SEPARATORS = re.compile(r"[;=]")
_INVISIBLE_CATEGORIES = "CZ"
# The only date that a key holds: assets are digits or capitals.
_YEAR = re.compile(r"(?<=;start=)[0-9]{4}(?=-)")


_START = re.compile(rf";{START_FIELD}=[^;]*")


class AssetForm(StrEnum):
    """The only writing of an asset's number that act keys may have, so that nobody can write one asset in two ways."""

    DECIMAL = "decimal"
    """1 to 18 digits 0-9, the first of them not 0."""
    UPPER_ALPHANUMERIC = "upper_alphanumeric"
    """1 to 32 of A-Z and 0-9, the first of them not 0: capitals, without separators and leading zeros."""

    def accepts(self, asset: str) -> bool:
        """True if `asset` is written in this form."""
        # isdigit and isalnum know the digits and letters of all scripts: only with isascii they are those of the form.
        if not asset.isascii() or asset.startswith("0"):
            return False
        if self is AssetForm.DECIMAL:
            return asset.isdigit() and len(asset) <= MAX_DECIMAL_ASSET_CHARS
        return asset.isalnum() and asset == asset.upper() and len(asset) <= MAX_ALPHANUMERIC_ASSET_CHARS

    @property
    def label(self) -> str:
        """The form in words, for errors."""
        if self is AssetForm.DECIMAL:
            return f"1 to {MAX_DECIMAL_ASSET_CHARS} digits 0-9 without a leading zero"
        return f"1 to {MAX_ALPHANUMERIC_ASSET_CHARS} of A-Z and 0-9 without a leading zero"


def act_key_text(kind: str, fields: Mapping[str, str]) -> str:
    """The canonical text of an act: its kind, then its fields in the order of their names, whatever order they come in.

    Raises InvalidEvidence for an empty or malformed kind, name or value, and for a key that is too long.
    """
    if not isinstance(kind, str) or _KIND.fullmatch(kind) is None:
        raise InvalidEvidence(what="act key", problem=f"kind {kind!r} must be lower-case letters, digits and hyphens")
    if not fields:
        raise InvalidEvidence(what="act key", problem=f"{kind} has no fields, so it would name every act of its kind")
    parts = [kind]
    for name in sorted(fields):
        _check_field(name, fields[name])
        parts.append(f"{name}={fields[name]}")
    text = ";".join(parts)
    if len(text) > MAX_ACT_KEY_CHARS:
        raise InvalidEvidence(what="act key", problem=f"{len(text)} characters, at most {MAX_ACT_KEY_CHARS}")
    return text


def parse_act_key(text: str) -> tuple[str, dict[str, str]]:
    """(kind, fields) of an act key. Raises InvalidEvidence if `text` is not exactly what `act_key_text` writes."""
    if not isinstance(text, str) or not text:
        raise InvalidEvidence(what="act key", problem=f"must be text, is {text!r}")
    kind, *parts = text.split(";")
    fields: dict[str, str] = {}
    for part in parts:
        name, equals, value = part.partition("=")
        if not equals or name in fields:
            raise InvalidEvidence(what="act key", problem=f"{text!r} is not kind;name=value;... with each name once")
        fields[name] = value
    if act_key_text(kind, fields) != text:
        raise InvalidEvidence(what="act key", problem=f"{text!r} has its fields out of order")
    return kind, fields


def act_id(pepper: bytes, act_key: str) -> bytes:
    """The nullifier: HMAC-SHA-256(network pepper, act key), 32 bytes. Raises InvalidEvidence for a short pepper."""
    return _keyed(pepper, act_key, "network pepper")


def look_alike_key(act_key: str) -> str:
    """The act key with the year of its beginning taken out: start=2016-08-01T00:23+08:00 -> start=--08-01T00:23+08:00.

    Two different acts with one look-alike key are the same act relabelled as another year, or a very rare chance.
    """
    return _YEAR.sub("-", act_key)


def asset_of(act_key: str) -> str:
    """What an act was done with, the act key without its start: shared-bike;bike=79699."""
    return _START.sub("", act_key, count=1)


def look_alike(act_key: str) -> bytes:
    """16 bytes by which an oracle finds look-alikes again: the first half of SHA-256(look-alike key).

    Unlike an act id it never leaves the oracle, which knows the pepper too: one plain hash is enough.
    """
    return hashlib.sha256(look_alike_key(act_key).encode()).digest()[:LOOK_ALIKE_BYTES]


def check_secret(secret: bytes, what: str) -> None:
    """Raises InvalidEvidence for a secret of fewer than `MIN_SECRET_BYTES`."""
    if not isinstance(secret, bytes) or len(secret) < MIN_SECRET_BYTES:
        raise InvalidEvidence(what=what, problem=f"must be at least {MIN_SECRET_BYTES} bytes")


def actor_secret(platform_secret: bytes, user: str) -> bytes:
    """The secret of one person at one platform: HMAC-SHA-256(platform secret, "actor:" + user), 32 bytes.

    Never leaves the platform, except to the person itself. Raises InvalidEvidence.
    """
    if not isinstance(user, str) or not user:
        raise InvalidEvidence(what="actor", problem="the user must be a text that is not empty")
    return _keyed(platform_secret, "actor:" + user, "platform secret")


def actor_of(secret: bytes, act_key: str) -> bytes:
    """The actor commitment of one act: HMAC-SHA-256(actor secret, act key), 32 bytes. Raises InvalidEvidence."""
    return _keyed(secret, act_key, "actor secret")


def actor_day(secret: bytes, day: int) -> bytes:
    """The same 16 bytes for all acts of one person on one local day, and nothing beyond it: the first half of
    HMAC-SHA-256(actor secret, "day:2016-08-01"). Lets oracles find acts of one actor that overlap.

    Raises InvalidEvidence, InvalidPeriod.
    """
    return _keyed(secret, "day:" + from_day(day).isoformat(), "actor secret")[:ACTOR_DAY_BYTES]


def _check_field(name: str, value: str) -> None:
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise InvalidEvidence(
            what="act key", problem=f"field name {name!r} must be lower-case letters, digits and underscores"
        )
    if not isinstance(value, str) or not value or _SEPARATORS.search(value):
        raise InvalidEvidence(what="act key", problem=f"field {name} must be a text without ; and =, is {value!r}")
    # A blank, a zero-width space or a full-width digit would be another text for what people read as the same asset.
    if any(unicodedata.category(character)[0] in _INVISIBLE_CATEGORIES for character in value):
        raise InvalidEvidence(
            what="act key", problem=f"field {name} has blanks, control or invisible characters: {value!r}"
        )
    if not unicodedata.is_normalized("NFKC", value):
        raise InvalidEvidence(what="act key", problem=f"field {name} is not NFKC: {value!r}")


def _keyed(key: bytes, text: str, what: str) -> bytes:
    check_secret(key, what)
    try:
        message = text.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidEvidence(what="act key", problem=f"{text!r} is not Unicode text") from None
    return hmac.digest(key, message, hashlib.sha256)
