"""docs/permissions.md, the compiled contracts and the policies say the same, and an outsider gets nowhere."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from registry.chain.artifacts import FOLDER
from registry.domain.errors import ContractRefused
from registry.services.policies import guarded_functions
from tests.conftest import ROOT
from tests.contracts.functions import changing_functions
from tests.contracts.ledger import pledge
from tests.world import ACTORS, World

DESK, NOBODY = "through the Desk", "nobody"
# What each kind of guard answers to an outsider.
GUARDS = {
    "NotThroughDesk",
    "NotADisputer",
    "RoleMissing",
    "NotAgent",
    "NotApprover",
    "NotModule",
    "NotWirable",
    "ApprovalsNotUsed",
    "AccessControlUnauthorizedAccount",
    "AccessControlBadConfirmation",
    "UnknownRequest",
    "NoPolicy",
    "CallTooShort",
}

# Open to anyone by design: what is checked are the signatures, see test_oracle_submit.py and test_emissions.py.
OPEN = {
    *(("OracleCommittee", name) for name in ("beginEpoch", "submit", "resolve", "proveEquivocation")),
    ("Invalidations", "endHold"),
    ("Invalidations", "recallHoldings"),
    ("Emissions", "submit"),
}


def table() -> list[list[str]]:
    """The rows of the table in docs/permissions.md."""
    lines = (ROOT / "docs" / "permissions.md").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return rows[2:]


def test_permissions__table__has_each_function_that_changes_something_exactly_once() -> None:
    listed = [(row[0], row[1]) for row in table()]
    assert sorted(listed) == sorted(changing_functions())


def notice_and_experts(cell: str) -> tuple[int, int]:
    """What the last column says: `604800, 2 experts`, or the seconds alone."""
    notice, _, experts = cell.partition(", ")
    return int(notice), int(experts.removesuffix(" experts") or 0)


def test_permissions__functions_through_the_desk__are_the_policies_of_a_new_network() -> None:
    listed = {(row[0], row[1], row[3], row[4], *notice_and_experts(row[5])) for row in table() if row[2] == DESK}
    policies = {
        (p.contract, p.function, p.maker.solidity_name, p.checker.solidity_name, p.notice_seconds, p.experts)
        for p in guarded_functions(demo=False)
    }
    assert listed == policies


def _blank(parameter: dict[str, Any]) -> Any:
    kind = parameter["type"]
    if kind.endswith("[]"):
        return []
    if kind == "tuple":
        return tuple(_blank(part) for part in parameter["components"])
    if kind == "address":
        return ACTORS["OUTSIDER"].address
    if kind == "bool":
        return False
    if kind == "string":
        return ""
    sized = re.fullmatch(r"bytes(\d*)", kind)
    if sized:
        return bytes(int(sized[1] or 0))
    return 0


@pytest.mark.parametrize(("contract", "function"), sorted(changing_functions() - OPEN))
def test_permissions__outsider__is_refused_by_every_function(issued: World, contract: str, function: str) -> None:
    abi = json.loads((FOLDER / f"{contract}.json").read_text("utf-8"))["abi"]
    entry = next(e for e in abi if e["type"] == "function" and e["name"] == function)
    arguments = [_blank(parameter) for parameter in entry["inputs"]]
    if function in ("freeze", "suspendProject", "suspendMethodology"):
        arguments[0] = {
            "freeze": issued.account(1),
            "suspendProject": (310000 << 32) | 1,
            "suspendMethodology": issued.call("Filings", "projectOf", (310000 << 32) | 1)["filing"]["definitionHash"],
        }[function]
    if function in ("retire", "safeTransferFrom", "safeBatchTransferFrom"):
        arguments[1 if function == "retire" else 0] = issued.account(1)
    if function == "offset":
        arguments[0] = issued.account(2)
        arguments[2] = [((310000 << 32 | 1) << 64 | 1, 1_000_000)]
    if (contract, function) == ("Pledges", "release"):
        arguments[0] = pledge(issued, 5)
    if function == "renounceRole":
        arguments[1] = ACTORS["REGISTRAR"].address
    with pytest.raises(ContractRefused) as refused:
        issued.send(ACTORS["OUTSIDER"], contract, function, *arguments)
    assert refused.value.error_name in GUARDS, refused.value
