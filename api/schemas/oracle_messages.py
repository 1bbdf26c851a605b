"""Messages between oracles, as signature files hold them."""

from __future__ import annotations

from api.schemas.common import AddressText, Answer, Schema


class OracleMessage(Schema):
    """A report with one oracle's signature. `message` has the fields of the EIP-712 struct, whole numbers as they are
    and hashes as 0x texts: exactly what was signed. Who reads it recovers the signer from the signature."""

    type: str
    message: dict[str, int | str]
    signer: AddressText
    signature: str


class OracleMessages(Answer):
    """The messages that are kept for one report."""

    items: list[OracleMessage]


class OracleMessageTaken(Schema):
    """`new` is false if the same was here already, or a later one of this signer."""

    new: bool
