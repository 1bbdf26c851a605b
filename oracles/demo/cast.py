"""Who acts in the demonstration: bodies and roles, never persons. Keys are made on the first start."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from eth_account.signers.local import LocalAccount

from registry.chain.keys import KeyStore
from registry.domain.errors import Conflict, InvalidInput
from registry.domain.rules import Role
from registry.files import write_whole

SHANGHAI, WUHAN, ANHUI = 310000, 420100, 340000
JURISDICTIONS = {WUHAN: "武汉市 Wuhan", SHANGHAI: "上海市 Shanghai", ANHUI: "安徽省 Anhui"}
OFFICES = {
    "admin": Role.ADMIN,
    "registrar": Role.REGISTRAR,
    "approver": Role.APPROVER,
    "regulator": Role.REGULATOR,
    "verifier": Role.VERIFIER,
}
ORACLES = ("oracle-1", "oracle-2", "oracle-3", "oracle-4")
AGENTS = ("platform-agent", "second-platform-agent", "enterprise-agent", "wuhan-enterprise-agent", "event-agent")
COUNCIL = ("deployer", "council-maker", "council-checker")

# The keys of a demonstration protect nothing; a password that everyone knows says so. Real keys: `puhui key new`.
DEMO_PASSWORD = "puhui-demo"  # noqa: S105
DEMO_SCRYPT_ROUNDS = 2**10
# Fixed, so that the same trips give the same act ids and the same log root in every demonstration.
DEMO_PEPPER = b"puhui demonstration network only"
DEMO_PLATFORM_SECRET = b"puhui demonstration platform key"


@dataclass(slots=True)
class Memory:
    """What the demonstration did so far, in `demo.json`: a second start goes on from it.

    Each phase is done once and its outcome kept; a phase that was cut off is done again, which is safe because
    transactions have idempotency keys and files are written whole.
    """

    path: Path
    data: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path) -> Memory:
        """Reads the file, or begins a new one with a random seed. Raises InvalidInput if it is damaged."""
        try:
            data = json.loads(path.read_text("utf-8"))
        except FileNotFoundError:
            memory = cls(path, {"seed": secrets.token_hex(32), "phases": {}})
            memory._save()
            return memory
        except ValueError as cause:
            raise InvalidInput(field="demo.json", problem=str(cause), given=str(path)) from cause
        return cls(path, data)

    @property
    def resumed(self) -> bool:
        return bool(self.data["phases"])

    def salt(self, name: str) -> bytes:
        """A salt for one commitment: random for each home, the same on each start."""
        return sha256(f"{self.data['seed']}/{name}".encode()).digest()

    def bind(self, name: str, value: Any) -> None:
        """Keeps a setting of the first start and refuses another one later. Raises Conflict."""
        if self.data.setdefault(name, value) != value:
            raise Conflict(
                kind="demonstration",
                id=str(self.path.parent),
                problem=f"it was begun with {name} {self.data[name]!r}, not {value!r}; choose another --home",
            )
        self._save()

    def figure(self, name: str, find: Callable[[], int]) -> int:
        """A number that must be the same when a phase is repeated: found once, kept before it is used."""
        figures = self.data.setdefault("figures", {})
        if name not in figures:
            figures[name] = find()
            self._save()
        return int(figures[name])

    def phase(self, name: str, act: Callable[[], dict[str, Any]]) -> tuple[dict[str, Any], bool]:
        """The outcome of a phase and whether it was remembered; does it if it was not finished before."""
        if name in self.data["phases"]:
            return self.data["phases"][name], True
        outcome = act()
        self.data["phases"][name] = outcome
        self._save()
        return outcome, False

    def _save(self) -> None:
        write_whole(self.path, json.dumps(self.data, indent=1, sort_keys=True).encode("utf-8"))


@dataclass(frozen=True, slots=True)
class Cast:
    """The keys of everyone who acts, by name."""

    people: dict[str, LocalAccount]

    def __getitem__(self, name: str) -> LocalAccount:
        return self.people[name]

    def office(self, name: str, jurisdiction: int) -> LocalAccount:
        """The holder of an office in a jurisdiction."""
        return self.people[f"{name}-{jurisdiction}"]

    def grants(self, jurisdiction: int) -> list[tuple[Role, str]]:
        """The first members of a jurisdiction."""
        return [(role, self.office(name, jurisdiction).address) for name, role in OFFICES.items()]

    @classmethod
    def gather(cls, store: KeyStore) -> Cast:
        """Loads every key of the cast, making those that are not there yet."""
        names = [*COUNCIL, *AGENTS, *ORACLES, *(f"{office}-{code}" for code in JURISDICTIONS for office in OFFICES)]
        known = store.list()
        people = {}
        for name in names:
            if name not in known:
                store.create(name, DEMO_PASSWORD, scrypt_rounds=DEMO_SCRYPT_ROUNDS)
            people[name] = store.load(name, DEMO_PASSWORD)
        return cls(people)
