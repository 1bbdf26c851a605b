"""A promise of the format: a certificate once given verifies for ever. Never write the file of this test anew."""

from pathlib import Path

from registry.proofs.anchor import Trust
from registry.proofs.verify import verify_certificate

KEPT = Path(__file__).parent / "data" / "certificate-1.json"
CONTENT_HASH = "0xa52022fa44a44bd8cbdc03bed21fea3ec5453be38ee1602ef8fdc132266092f9"


def test_a_certificate_of_format_1_still_verifies():
    result = verify_certificate(KEPT.read_bytes(), Trust(chain_id=20260))
    assert result.content_hash == CONTENT_HASH
    assert result.document["event"]["serials"] == "PH-310000-0001-2016-001-000001230002-000002230001"
    subjects = [check.subject for check in result.checks]
    assert subjects[:5] == ["retirement", "serials", "report", "digest", "offset"]
    assert subjects[5:] == ["acts", "statement", "beneficiary", "content_hash", "block", "block"]
