"""The functions of the contracts that change something, as the tests of permissions and of threats walk them."""

from __future__ import annotations

import json

from registry.chain.artifacts import FOLDER, names


def changing_functions() -> set[tuple[str, str]]:
    """Every function of the compiled contracts that is no view, and setApprovalForAll, which always reverts."""
    found = set()
    for name in names():
        abi = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))["abi"]
        for entry in abi:
            if entry["type"] == "function" and (
                entry["stateMutability"] not in ("view", "pure") or entry["name"] == "setApprovalForAll"
            ):
                found.add((name, entry["name"]))
    return found
