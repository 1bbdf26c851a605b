"""One address for each operation of the API, over the rows of `network_rows`. A new operation needs a line here."""

from __future__ import annotations

from pathlib import Path

from tests.api import network_rows as rows

EXAMPLES_FILE = Path(__file__).resolve().parents[2] / "api" / "examples.json"

BASE = "/api/v1"
ACT = "0x" + rows.act_id(1, 2).hex()
METHODOLOGY = "0x" + rows.DEFINITION.hex()
RANGE = "PH-310000-0001-2016-001-000000002001-000000004500"

EXAMPLE_PATHS = {
    "getHealth": "/health",
    "getTotals": "/totals",
    "search": "/search?q=PH-310000-0001",
    "listRequests": "/requests?status=proposed&limit=1",
    "getRequest": "/requests/1",
    "listJurisdictions": "/jurisdictions?limit=2",
    "getJurisdiction": "/jurisdictions/310000",
    "listCommittees": "/jurisdictions/310000/committees",
    "getProposedCommittee": "/jurisdictions/310000/proposed-committee",
    "listSuspensions": "/jurisdictions/310000/suspensions",
    "listOracleMessages": "/oracle-messages?project_id=PH-310000-0001&seq=3",
    "listDisputes": "/disputes?limit=1",
    "listEmissions": f"/emissions?account={rows.ENTERPRISE}&limit=1",
    "getTransferRules": "/jurisdictions/310000/transfer-rules",
    "listCalendarDays": "/jurisdictions/310000/calendar",
    "listTransfers": "/transfers?state=pending",
    "getTransfer": "/transfers/1",
    "getAccountLimits": f"/accounts/{rows.PLATFORM}/limits",
    "listTrusts": f"/accounts/{rows.PLATFORM}/trusts",
    "listInvalidations": "/invalidations",
    "getInvalidation": "/invalidations/1",
    "getLiability": f"/accounts/{rows.PLATFORM}/liability",
    "listOrders": "/orders?limit=1",
    "listPools": "/pools",
    "getPool": "/pools/310000/2027",
    "listReservations": "/pools/310000/2027/reservations",
    "listProvisionalOffsets": "/provisional-offsets?open=true",
    "getProvisionalOffset": "/provisional-offsets/1",
    "listRecognisedMethodologies": "/jurisdictions/420100/recognised-methodologies",
    "listRecognitionTerms": "/jurisdictions/420100/recognition-terms?limit=1",
    "listProjectTerms": "/jurisdictions/420100/project-terms",
    "listMethodologies": "/methodologies?jurisdiction=310000",
    "getMethodology": f"/methodologies/{METHODOLOGY}",
    "listProjects": "/projects?limit=1",
    "getProject": "/projects/PH-310000-0001",
    "listReports": "/reports?project_id=PH-310000-0001&limit=1",
    "getReport": "/projects/PH-310000-0001/reports/1",
    "listBatches": "/batches",
    "getBatch": "/batches/PH-310000-0001-2016-001",
    "listBatchHoldings": "/batches/PH-310000-0001-2016-001/holdings?limit=1",
    "listRetirements": "/retirements?limit=1",
    "getRetirement": "/retirements/1",
    "listAccounts": "/accounts?kind=enterprise&limit=1",
    "getAccount": f"/accounts/{rows.ENTERPRISE}",
    "listAccountHoldings": f"/accounts/{rows.ENTERPRISE}/holdings",
    "listAccountPledges": f"/accounts/{rows.ENTERPRISE}/pledges",
    "listAccountMovements": f"/accounts/{rows.ENTERPRISE}/movements?limit=2",
    "listObligations": "/obligations?year=2025",
    "getObligation": f"/obligations/{rows.ENTERPRISE}/2025",
    "listOffsets": "/offsets",
    "getOffset": "/offsets/1",
    "listActs": f"/acts?serial={RANGE}&limit=1",
    "getAct": f"/acts/{ACT}",
    "getActProof": f"/acts/{ACT}/proof",
    "getProvenance": "/provenance/retirement/1?acts_limit=1",
    "findProvenance": "/provenance?q=PH-310000-0001:4001&acts_limit=1&limit=1",
    "getLogCheckpoint": "/logs/PH-310000-0001/checkpoint",
    "getLogTile": "/logs/PH-310000-0001/tile/0/000.p/16",
    "listProblems": "/problems",
    "getProblem": "/problems/not_found",
}

# Posting: test_oracle_messages.py.
POSTED = ("postOracleMessage",)

# These two ask the chain: test_on_chain.py calls them, and keeps their examples in shape.
ON_CHAIN = ("getCertificate", "quoteOffset")
