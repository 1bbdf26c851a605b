"""EIP-712 signatures of what committees sign: the digest, the signature, and who made it."""

from __future__ import annotations

from functools import lru_cache

from eth_account import Account
from eth_account.messages import SignableMessage, encode_typed_data
from eth_account.signers.local import LocalAccount
from eth_keys.exceptions import BadSignature
from eth_utils.crypto import keccak

from registry.domain.errors import InvalidInput
from registry.domain.typed_data import Signed, typed_data

SIGNATURE_BYTES = 65
# The order of secp256k1, halved: the contracts take only the lower of the two equal s.
_LARGEST_S = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


def typed_digest(signed: Signed, chain_id: int, contract: str) -> bytes:
    """The 32 bytes that are signed, as the contract's `...igestOf` gives them. contract: the one that checks them."""
    signable = _signable(signed, chain_id, contract)
    return bytes(keccak(b"\x19" + signable.version + signable.header + signable.body))


def sign_typed(signed: Signed, key: LocalAccount, chain_id: int, contract: str) -> bytes:
    """The signature, 65 bytes r, s, v with low s."""
    return bytes(key.sign_message(_signable(signed, chain_id, contract)).signature)


def typed_signer(signed: Signed, signature: bytes, chain_id: int, contract: str) -> str:
    """The checksum address that made the signature.

    Raises:
        InvalidInput: not 65 bytes, a high s, or no signature at all.
    """
    if not isinstance(signature, bytes) or len(signature) != SIGNATURE_BYTES:
        raise InvalidInput(field="signature", problem=f"has to be {SIGNATURE_BYTES} bytes", given=_shown(signature))
    if int.from_bytes(signature[32:64], "big") > _LARGEST_S or signature[64] not in (27, 28):
        raise InvalidInput(field="signature", problem="has to have low s and v 27 or 28", given=_shown(signature))
    try:
        return str(Account.recover_message(_signable(signed, chain_id, contract), signature=signature))
    except (ValueError, BadSignature) as cause:
        raise InvalidInput(
            field="signature", problem=f"recovers to nobody ({cause})", given=_shown(signature)
        ) from cause


# Signing and checking ask for the same several times; encoding costs as much as the curve.
@lru_cache(maxsize=256)
def _signable(signed: Signed, chain_id: int, contract: str) -> SignableMessage:
    return encode_typed_data(full_message=typed_data(signed, chain_id, contract))


def _shown(signature: object) -> str:
    return "0x" + signature.hex() if isinstance(signature, bytes) else repr(signature)
