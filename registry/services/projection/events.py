"""Which event goes to which projection. An event of our contracts that stands in neither table stops the index."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from registry.services.projection import (
    accounts,
    authority,
    compliance,
    desk,
    filings,
    invalidations,
    ledger,
    recognition,
    reports,
)
from registry.services.projection.change import Change, Origin

Project = Callable[[dict[str, Any], Origin], list[Change]]

PROJECTIONS: dict[tuple[str, str], Project] = {
    ("Authority", "JurisdictionOpened"): authority.jurisdiction_opened,
    ("Authority", "MemberAdded"): authority.member_added,
    ("Authority", "MemberRemoved"): authority.member_removed,
    ("Desk", "PolicySet"): desk.policy_set,
    ("Desk", "Executed"): desk.executed,
    ("Desk", "Rejected"): desk.rejected,
    ("Desk", "Withdrawn"): desk.withdrawn,
    ("Desk", "Objected"): desk.objected,
    ("Desk", "Ruled"): desk.ruled,
    ("Desk", "OpinionGiven"): desk.opinion_given,
    ("Accounts", "AccountOpened"): accounts.account_opened,
    ("Accounts", "AgentSet"): accounts.agent_set,
    ("Accounts", "StatusChanged"): accounts.status_changed,
    ("Accounts", "FlagsSet"): accounts.flags_set,
    ("Accounts", "ConsentGiven"): accounts.consent_given,
    ("Accounts", "ConsentRevoked"): accounts.consent_gone,
    ("Accounts", "ConsentUsed"): accounts.consent_gone,
    ("Filings", "MethodologyFiled"): filings.methodology_filed,
    ("Filings", "MethodologyStatusChanged"): filings.methodology_status_changed,
    ("Filings", "ProjectFiled"): filings.project_filed,
    ("Filings", "ProjectStatusChanged"): filings.project_status_changed,
    ("Recognition", "MethodologyRecognised"): recognition.methodology_recognised,
    ("Recognition", "MethodologyWithdrawn"): recognition.methodology_withdrawn,
    ("Recognition", "TermsSet"): recognition.terms_set,
    ("Recognition", "TermsWithdrawn"): recognition.terms_withdrawn,
    ("Recognition", "ProjectTermsSet"): recognition.project_terms_set,
    ("Recognition", "ProjectExcluded"): recognition.project_excluded,
    ("Recognition", "ProjectTermsWithdrawn"): recognition.project_terms_withdrawn,
    ("OracleCommittee", "CommitteeSet"): reports.committee_set,
    ("OracleCommittee", "CommitteeProposed"): reports.committee_proposed,
    ("OracleCommittee", "SignerSuspended"): reports.signer_suspended,
    ("OracleCommittee", "SignerReinstated"): reports.signer_reinstated,
    ("OracleCommittee", "ReportAccepted"): reports.report_accepted,
    ("OracleCommittee", "ReportDisputed"): reports.report_disputed,
    ("OracleCommittee", "ReportResolved"): reports.report_resolved,
    ("OracleCommittee", "ReportSuperseded"): reports.report_superseded,
    ("Emissions", "EmissionsVerified"): reports.emissions_verified,
    ("Credits", "Issued"): ledger.issued,
    ("Credits", "TransferSingle"): ledger.transfer_single,
    ("Credits", "TransferBatch"): ledger.transfer_batch,
    ("Credits", "Retired"): ledger.retired,
    ("Credits", "Cancelled"): ledger.cancelled,
    ("Invalidations", "HoldPlaced"): invalidations.hold_placed,
    ("Invalidations", "HoldEnded"): invalidations.hold_ended,
    ("Invalidations", "Invalidated"): invalidations.invalidated,
    ("Invalidations", "HoldingRecalled"): invalidations.holding_recalled,
    ("Invalidations", "RecallCompleted"): invalidations.recall_completed,
    ("Invalidations", "Replaced"): invalidations.replaced,
    ("Invalidations", "Settled"): invalidations.settled,
    ("Invalidations", "Waived"): invalidations.waived,
    ("Invalidations", "GivenUp"): invalidations.given_up,
    ("Compliance", "RuleSetSet"): compliance.rule_set_set,
    ("Compliance", "ObligationSet"): compliance.obligation_set,
    ("Compliance", "OffsetMade"): compliance.offset_made,
}

PROPOSED = ("Desk", "Proposed")
"""Projected by `desk.proposed`, which alone also needs the ABIs, to put the proposed call into words."""

IGNORED: dict[tuple[str, str], str] = {
    ("Authority", "RoleGranted"): "OpenZeppelin's; MemberAdded says the same with jurisdiction and role",
    ("Authority", "RoleRevoked"): "OpenZeppelin's; MemberRemoved says the same with jurisdiction and role",
    ("Authority", "RoleAdminChanged"): "OpenZeppelin's; no role has an admin",
    ("OracleCommittee", "EIP712DomainChanged"): "OpenZeppelin's; declared, never emitted: our domain is fixed",
    ("Emissions", "EIP712DomainChanged"): "OpenZeppelin's; declared, never emitted: our domain is fixed",
    ("OracleCommittee", "EpochApproved"): "who approved stands in the raw log; CommitteeSet follows it",
    ("Credits", "ApprovalForAll"): "OpenZeppelin's; approvals are not used",
    ("Credits", "Traded"): "names the exchange's trade of the transfer before it; kept in the raw log",
    ("Credits", "Locked"): "no module locks yet",
    ("Credits", "Unlocked"): "no module locks yet",
    ("Credits", "Recalled"): "Invalidations says the same, and for which invalidation",
    ("Credits", "Unrecalled"): "Invalidations says the same, and for which invalidation",
    ("Credits", "HoldSet"): "Invalidations says the same, and why",
    ("Credits", "SuspensionSet"): "follows from what Invalidations says is open",
    ("Credits", "Frozen"): "no module freezes grams yet",
    ("Credits", "ForcedTransfer"): "TransferSingle before it says the same",
    ("Pledges", "Pledged"): "shown soon",
    ("Pledges", "PledgeReleased"): "shown soon",
    ("Pledges", "PledgeSeized"): "shown soon",
    ("Enforcement", "GramsFrozen"): "shown soon",
    ("Enforcement", "TransferForced"): "shown soon",
    ("Credits", "URI"): "OpenZeppelin's; there is no URI",
}
"""Events that change nothing here, each with its reason."""
