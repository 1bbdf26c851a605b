"""`make snapshots`: writes contracts/snapshots, or with `--check` says what differs from what is committed.

The files are read in review: where every contract keeps what, how large its code is, what its operations cost in gas.
A change that worsens one of them, or moves a layout, is then made on purpose.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from registry.chain import artifacts
from scripts.compile_contracts import (
    CONTRACTS,
    RUNTIME_BYTES_MAX,
    CompilationError,
    Compiled,
    compile_sources,
    own_sources,
)
from tests.contracts.prepared import prepare
from tests.gas.operations import Cost, measure_all

FOLDER = CONTRACTS / "snapshots"


def storage_text(compiled: Compiled) -> str:
    """Slot, first byte, bytes, name and type of everything each contract stores, and of the members of its structs."""
    lines = []
    for name, parts in sorted(compiled.contracts.items()):
        layout = parts["storageLayout"]
        types: dict[str, Any] = layout["types"] or {}
        lines += [name, *(_place(entry, types) for entry in layout["storage"])]
        structs = {part["label"]: part for part in types.values() if "members" in part}
        for label, part in sorted(structs.items()):
            slots = int(part["numberOfBytes"]) // 32
            lines.append(f"  {label}, {slots} {'slot' if slots == 1 else 'slots'}")
            lines += [f"  {_place(member, types)}" for member in part["members"]]
        lines.append("")
    return "\n".join(lines)


def _place(entry: dict[str, Any], types: dict[str, Any]) -> str:
    kind = types[entry["type"]]
    slot, size = f"slot {entry['slot']}", int(kind["numberOfBytes"])
    return f"  {slot:8} byte {entry['offset']:2}, {size:2}: {entry['label']}  {kind['label']}"


def sizes_text() -> str:
    """Bytes of the code of each contract on chain."""
    sizes = {name: len(artifacts.load(name).deployed_bytecode) for name in artifacts.names()}
    return numbers_text(sizes, dict.fromkeys(sizes, RUNTIME_BYTES_MAX))


def gas_text(costs: list[Cost]) -> str:
    """Gas of each operation's repeat case, with the budget of the design where it has one."""
    budgets = {cost.operation.name: cost.operation.budget for cost in costs if cost.operation.budget is not None}
    return numbers_text({cost.operation.name: cost.repeat for cost in costs}, budgets)


def numbers_text(numbers: dict[str, int], limits: dict[str, int]) -> str:
    """A line each, `name: number`, with its limit where it has one."""
    width = max(map(len, numbers)) + 1
    return "".join(
        f"{name + ':':{width}} {number:>7}{f' of {limits[name]}' if name in limits else ''}\n"
        for name, number in numbers.items()
    )


def read_numbers(text: str) -> dict[str, int]:
    """The numbers of a text that `numbers_text` made."""
    split = [line.rpartition(":") for line in text.splitlines()]
    return {name: int(rest.split()[0]) for name, _, rest in split}


def number_changes(kept_text: str, text: str) -> list[str]:
    """What is not as the file says, one line each. Better is named too: a file that lags lets it be lost again."""
    kept, now = read_numbers(kept_text), read_numbers(text)
    lines = [f"{name}: new, {now[name]}" for name in now if name not in kept]
    lines += [f"{name}: gone" for name in kept if name not in now]
    for name in now.keys() & kept.keys():
        if now[name] != kept[name]:
            word = "worse" if now[name] > kept[name] else "better"
            lines.append(f"{name}: {word}, {kept[name]} -> {now[name]}")
    return sorted(lines)


def layout_changes(kept: str, now: str) -> list[str]:
    """The lines that a layout lost and gained."""
    before, after = kept.splitlines(), now.splitlines()
    return [f"- {line}" for line in before if line not in after] + [f"+ {line}" for line in after if line not in before]


def kept_text(name: str) -> str:
    """A committed snapshot; empty if there is none."""
    path = FOLDER / name
    return path.read_text("utf-8") if path.exists() else ""


def differences(files: dict[str, str]) -> list[str]:
    """What is not as committed, with the file's name before each change."""
    lines = []
    for name, text in files.items():
        changes = layout_changes if name == "storage.txt" else number_changes
        lines += [f"{name}: {line}" for line in changes(kept_text(name), text)]
    return lines


def take(compiled: Compiled) -> dict[str, str]:
    """File name -> text of every snapshot."""
    with tempfile.TemporaryDirectory() as scratch:
        network = Path(scratch) / "network"
        network.mkdir()
        costs = measure_all(prepare(network), Path(scratch))
    return {"storage.txt": storage_text(compiled), "sizes.txt": sizes_text(), "gas.txt": gas_text(costs)}


def main() -> int:
    parser = argparse.ArgumentParser(description="Write contracts/snapshots.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and name what differs")
    check = parser.parse_args().check
    try:
        files = take(compile_sources(own_sources()))
    except CompilationError as error:
        print(f"snapshots: {error}", file=sys.stderr)
        return 1
    changed = differences(files)
    print("\n".join(changed) or f"{len(files)} snapshots are as committed")
    if check:
        return 1 if changed else 0
    FOLDER.mkdir(exist_ok=True)
    for name, text in files.items():
        (FOLDER / name).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
