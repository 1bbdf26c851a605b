"""Certificates of retirements and offsets: made from the chain and the public log, checkable without either."""

from __future__ import annotations

from pathlib import Path

from registry.db.models import Document, Report, Retirement
from registry.domain.errors import InvalidInput, NotFound
from registry.files import write_whole
from registry.log.store import LogStore
from registry.proofs.certificate import build_certificate, sample_acts
from registry.proofs.document import BeneficiaryOpening, render
from registry.services.accounts import Commitment
from registry.services.registry import Registry


def certificate_bytes(registry: Registry, retirement_id: int, beneficiary: Commitment | None = None) -> bytes:
    """The certificate of one retirement or offset, as the bytes of its file. Verified before it is returned.

    The statement is in it, since it is public. The beneficiary is in it only if the holder hands in text and salt.

    Raises:
        NotFound: no such retirement, or its acts are not published here.
        InvalidCertificate: text and salt do not open the commitment on chain.
    """
    with registry.database.session() as session:
        retired = session.get(Retirement, retirement_id)
        if retired is None:
            raise NotFound(kind="retirement", id=retirement_id)
        report = session.get(Report, (retired.project_id, retired.seq))
        statement = session.get(Document, retired.statement_hash)
    if report is None:
        raise NotFound(kind="report of the retirement", id=retirement_id)
    log = LogStore(registry.home.log_folder(retired.project_id))
    acts = sample_acts(log, report.log_size, retired.serial_start, retired.serial_end)
    document = build_certificate(
        registry.gateway,
        registry.network.contracts,
        retirement_id=retirement_id,
        retirement_block=retired.block_number,
        report_block=report.block_number,
        acts=acts,
        statement=statement.text if statement else None,
        beneficiary=BeneficiaryOpening(beneficiary.text, beneficiary.salt) if beneficiary else None,
    )
    return render(document)


def write_certificate(
    registry: Registry, retirement_id: int, path: Path | None = None, beneficiary: Commitment | None = None
) -> Path:
    """Writes the certificate to `path`, or into the home's folder of certificates. Whole or not at all.

    Raises:
        InvalidInput: `path` names no file.
        As `certificate_bytes`.
    """
    if path is not None and not path.name:
        raise InvalidInput(field="certificate file", problem="must name a file", given=str(path))
    content = certificate_bytes(registry, retirement_id, beneficiary)
    target = path or registry.home.certificates / f"retirement-{retirement_id}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    write_whole(target, content)
    return target
