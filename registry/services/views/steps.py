"""The steps of a provenance: one thing each, with the event that made it and what proves it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from registry.services.views.accounts import AccountView
from registry.services.views.acts import CountedAct
from registry.services.views.batches import BatchView
from registry.services.views.methodologies import MethodologyView
from registry.services.views.projects import ProjectView
from registry.services.views.reports import ReportView
from registry.services.views.retirements import RetirementView
from registry.services.views.state import Origin
from registry.services.views.uses import CancellationView, Use


class StepKind(StrEnum):
    """What a step is about."""

    METHODOLOGY = "methodology"
    PROJECT = "project"
    REPORT = "report"
    BATCH = "batch"
    SERIALS = "serials"
    ACT = "act"
    ACCOUNT = "account"
    RETIREMENT = "retirement"
    OFFSET = "offset"
    CANCELLATION = "cancellation"


class ProofKind(StrEnum):
    """What proves a step."""

    EVENT = "event"
    """An event of a contract: its receipt leads to the receipts root of the block header."""
    SIGNATURES = "signatures"
    """EIP-712 signatures of a quorum of oracles over the digest of the report; the contract checked them."""
    DEFINITION_HASH = "definition_hash"
    """The SHA-256 of the methodology's definition is the hash that was filed."""
    LOG_INCLUSION = "log_inclusion"
    """An RFC 6962 proof leads from the leaf to the log root that the report carries."""

    @property
    def words(self) -> tuple[str, str]:
        """In English and Chinese."""
        return _PROOF_WORDS[self]


_PROOF_WORDS = {
    ProofKind.EVENT: (
        "The event is in the receipt of this transaction, whose proof leads to the header of the block.",
        "该事件记录在此交易的回执中, 回执证明可追溯至区块头。",
    ),
    ProofKind.SIGNATURES: (
        "A quorum of oracles signed this digest; the contract checked every signature before it accepted the report.",
        "达到法定人数的预言机对该摘要签名; 合约在接受报告前逐一核验。",
    ),
    ProofKind.DEFINITION_HASH: (
        "The SHA-256 of the canonical definition is the hash that was filed.",
        "方法学定义规范文本的 SHA-256 即为备案的哈希值。",
    ),
    ProofKind.LOG_INCLUSION: (
        "An RFC 6962 proof leads from this leaf to the log root that the report carries.",
        "RFC 6962 证明可从该叶节点追溯至报告所载的日志根。",
    ),
}


@dataclass(frozen=True, slots=True)
class Proof:
    """What proves a step. An event names its contract; signatures and hashes name the digest they are of."""

    kind: ProofKind
    contract: str | None = None
    event: str | None = None
    digest: bytes | None = None
    signers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SerialsView:
    """A stretch of a project's number line: grams [start, end)."""

    project_id: int
    printed_project: str
    seq: int
    vintage: int
    start: int
    end: int
    printed: str | None

    @property
    def grams(self) -> int:
        return self.end - self.start


Facts = (
    MethodologyView
    | ProjectView
    | ReportView
    | BatchView
    | SerialsView
    | CountedAct
    | AccountView
    | RetirementView
    | CancellationView
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing on the way. `grams_of_stretch`: of a use, how much of what was asked about it took."""

    kind: StepKind
    id: str
    facts: Facts
    origin: Origin | None
    proofs: tuple[Proof, ...]
    grams_of_stretch: int | None = None


def methodology_step(view: MethodologyView) -> Step:
    proofs = [Proof(ProofKind.EVENT, "Filings", "MethodologyFiled")]
    if view.definition_known:
        proofs.append(Proof(ProofKind.DEFINITION_HASH, digest=view.definition_hash))
    return Step(StepKind.METHODOLOGY, "0x" + view.definition_hash.hex(), view, view.origin, tuple(proofs))


def project_step(view: ProjectView) -> Step:
    proof = Proof(ProofKind.EVENT, "Filings", "ProjectFiled")
    return Step(StepKind.PROJECT, str(view.project_id), view, view.origin, (proof,))


def report_step(view: ReportView) -> Step:
    proofs = (
        Proof(ProofKind.SIGNATURES, digest=view.digest, signers=view.signers),
        Proof(ProofKind.EVENT, "OracleCommittee", "ReportAccepted"),
    )
    return Step(StepKind.REPORT, f"{view.project_id}-{view.seq}", view, view.origin, proofs)


def batch_step(view: BatchView) -> Step:
    return Step(StepKind.BATCH, str(view.batch_id), view, view.origin, (Proof(ProofKind.EVENT, "Credits", "Issued"),))


def serials_step(view: SerialsView) -> Step:
    return Step(StepKind.SERIALS, view.printed or f"{view.printed_project}:{view.start + 1}", view, None, ())


def act_step(view: CountedAct) -> Step:
    proof = Proof(ProofKind.LOG_INCLUSION, digest=view.in_report.root)
    return Step(StepKind.ACT, "0x" + view.item.act_id.hex(), view, view.report.origin, (proof,))


def account_step(view: AccountView) -> Step:
    proof = Proof(ProofKind.EVENT, "Accounts", "AccountOpened")
    return Step(StepKind.ACCOUNT, view.address, view, view.origin, (proof,))


def retirement_step(view: RetirementView, grams_of_stretch: int | None = None) -> Step:
    """A retirement, or the offset that it is."""
    proofs = [Proof(ProofKind.EVENT, "Credits", "Retired")]
    kind = StepKind.RETIREMENT
    if view.offset is not None:
        kind = StepKind.OFFSET
        proofs.append(Proof(ProofKind.EVENT, "Compliance", "OffsetMade"))
    return Step(kind, str(view.retirement_id), view, view.origin, tuple(proofs), grams_of_stretch)


def use_step(use: Use) -> Step:
    """A use of serials."""
    if use.retirement is not None:
        return retirement_step(use.retirement, use.grams_of_stretch)
    view = use.cancellation
    assert view is not None
    identity = view.serials or f"{view.batch.printed}:{view.serial_start + 1}"
    proof = Proof(ProofKind.EVENT, "Credits", "Cancelled")
    return Step(StepKind.CANCELLATION, identity, view, view.origin, (proof,), use.grams_of_stretch)
