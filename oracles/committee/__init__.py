"""Oracles that recompute, compare and sign, and the relay that gathers their signatures."""

from oracles.committee.chain_view import ChainView, Committee, ProjectFacts, ReportState
from oracles.committee.computation import Computation, Proposal, Terms
from oracles.committee.digest import report_digest, signer_of
from oracles.committee.member import LocalMember
from oracles.committee.oracle import Oracle, OracleNetwork
from oracles.committee.relay import Collected, Member, collect, run_round

__all__ = [
    "ChainView",
    "Collected",
    "Committee",
    "Computation",
    "LocalMember",
    "Member",
    "Oracle",
    "OracleNetwork",
    "ProjectFacts",
    "Proposal",
    "ReportState",
    "Terms",
    "collect",
    "report_digest",
    "run_round",
    "signer_of",
]
