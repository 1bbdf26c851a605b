"""All models, by subject. Import them from here: `from registry.db.models import Batch, Retirement`."""

from registry.db.models.accounts import Account, AccountStatusChange, Agent, Consent
from registry.db.models.acts import Act, PublishedReport, QuarantinedAct
from registry.db.models.chain import Block, ChainLog, Checkpoint, Contract, Network
from registry.db.models.compliance import (
    FulfilmentChange,
    Obligation,
    ObligationChange,
    Offset,
    Pool,
    PoolRelease,
    ProvisionalLine,
    ProvisionalOffset,
    Reservation,
    RuleSet,
)
from registry.db.models.documents import AccountName, Document, MethodologyDefinition, ProjectName
from registry.db.models.filings import Methodology, MethodologyStatusChange, Project, ProjectStatusChange
from registry.db.models.invalidations import BatchHold, Discharge, Invalidation, Recall
from registry.db.models.ledger import Allocation, Batch, Cancellation, Holding, Retirement, Transfer
from registry.db.models.outbox import OutboxSender, OutboxTransaction
from registry.db.models.people import DeskObjection, DeskOpinion, DeskPolicy, DeskRequest, Jurisdiction, RoleMember
from registry.db.models.recognition import ProjectTerms, RecognisedMethodology, RecognitionTerms
from registry.db.models.reports import (
    Committee,
    CommitteeSigner,
    Dispute,
    EmissionFigure,
    ProposedCommittee,
    Report,
    ReportSigner,
    SignerSuspension,
)

__all__ = [
    "Account",
    "AccountName",
    "AccountStatusChange",
    "Act",
    "Agent",
    "Allocation",
    "Batch",
    "BatchHold",
    "Block",
    "Cancellation",
    "ChainLog",
    "Checkpoint",
    "Committee",
    "CommitteeSigner",
    "Consent",
    "Contract",
    "DeskObjection",
    "DeskOpinion",
    "DeskPolicy",
    "DeskRequest",
    "Discharge",
    "Dispute",
    "Document",
    "EmissionFigure",
    "FulfilmentChange",
    "Holding",
    "Invalidation",
    "Jurisdiction",
    "Methodology",
    "MethodologyDefinition",
    "MethodologyStatusChange",
    "Network",
    "Obligation",
    "ObligationChange",
    "Offset",
    "OutboxSender",
    "OutboxTransaction",
    "Pool",
    "PoolRelease",
    "Project",
    "ProjectName",
    "ProjectStatusChange",
    "ProjectTerms",
    "ProposedCommittee",
    "ProvisionalLine",
    "ProvisionalOffset",
    "PublishedReport",
    "QuarantinedAct",
    "Recall",
    "RecognisedMethodology",
    "RecognitionTerms",
    "Report",
    "ReportSigner",
    "Reservation",
    "Retirement",
    "RoleMember",
    "RuleSet",
    "SignerSuspension",
    "Transfer",
]
