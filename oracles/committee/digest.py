"""The digest of a report (EIP-712), its signature, and who made it."""

from __future__ import annotations

from registry.chain.signing import SIGNATURE_BYTES, sign_typed, typed_digest, typed_signer

__all__ = ["SIGNATURE_BYTES", "report_digest", "sign_report", "signer_of"]

report_digest = typed_digest
"""The 32 bytes that are signed, as `OracleCommittee.digestOf` gives them."""
sign_report = sign_typed
"""The signature, 65 bytes r, s, v with low s."""
signer_of = typed_signer
"""The checksum address that made the signature. Raises InvalidInput."""
