"""The exclusion lists of a network as one installation keeps them: which is in force where, and all there ever were.

    exclusions/<sha256>.json    the lists; a package names the one it was made under, and can be recomputed later
    exclusions/in_force.json    jurisdiction -> sha256

The hash of the list in force has to be the same at all oracles of a jurisdiction. It stands in the manifest of every
package, and so behind the evidence hash of every report on the chain: an oracle with another list refuses the package.
"""

from __future__ import annotations

from pathlib import Path

from oracles.errors import InvalidExclusions
from oracles.screens.exclusions import LIST_BYTES_MAX, ExclusionList
from registry.domain.canonical import canonical_json, parse_strict_json
from registry.domain.errors import IntegrityError, InvalidEvidence, InvalidInput, NotFound
from registry.files import write_whole
from registry.services.home import Home

IN_FORCE_NAME = "in_force.json"


class ExclusionLists:
    """The folder. Making the object touches nothing; a folder that is not there is one without lists."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[bytes, ExclusionList] = {}

    def in_force(self, jurisdiction: int) -> ExclusionList | None:
        """The list that new packages of a jurisdiction are held against. Raises IntegrityError, NotFound."""
        digest = self._hashes().get(str(jurisdiction))
        return None if digest is None else self.get(bytes.fromhex(digest))

    def get(self, sha256: bytes) -> ExclusionList:
        """A list by its hash, in force or not any more. Raises NotFound, IntegrityError."""
        if sha256 not in self._read:
            path = self._path(sha256)
            try:
                # One more than allowed, so that what is too long is seen to be.
                with path.open("rb") as file:
                    found = ExclusionList.from_bytes(file.read(LIST_BYTES_MAX + 1))
            except FileNotFoundError:
                raise NotFound(kind="exclusion list", id=sha256.hex()) from None
            except InvalidExclusions as cause:
                raise IntegrityError(what=str(path), problem=str(cause).rstrip(".")) from cause
            if found.sha256 != sha256:
                raise IntegrityError(what=str(path), problem=f"its SHA-256 is {found.sha256.hex()}")
            self._read[sha256] = found
        return self._read[sha256]

    def put_in_force(self, content: bytes, sha256: bytes) -> ExclusionList:
        """Takes a list in. sha256: as the authority published it, by another way than the file itself.

        Raises InvalidExclusions: the file has another hash, or is no list.
        """
        found = ExclusionList.from_bytes(content)
        if found.sha256 != sha256:
            problem = f"its SHA-256 is {found.sha256.hex()}, published was {sha256.hex()}"
            raise InvalidExclusions(path="$", problem=problem)
        self._folder.mkdir(parents=True, exist_ok=True)
        write_whole(self._path(sha256), content)
        hashes = {**self._hashes(), str(found.jurisdiction): sha256.hex()}
        write_whole(self._folder / IN_FORCE_NAME, canonical_json(hashes, IN_FORCE_NAME))
        return found

    def for_new(self, stated: bytes | None, jurisdiction: int) -> ExclusionList | None:
        """The list for a package that is to be reported now. Raises InvalidEvidence if it names another one."""
        found = self.in_force(jurisdiction)
        own = None if found is None else found.sha256
        if own != stated:
            problem = (
                f"it states list {_shown(stated)}, in force for jurisdiction {jurisdiction} is {_shown(own)} here; "
                "compare with what the authority published, see `puhui oracle exclude` and `puhui pack --exclusions`"
            )
            raise InvalidEvidence(what="manifest.json, exclusions", problem=problem)
        return found

    def _path(self, sha256: bytes) -> Path:
        return self._folder / f"{sha256.hex()}.json"

    def _hashes(self) -> dict[str, str]:
        path = self._folder / IN_FORCE_NAME
        try:
            found = parse_strict_json(path.read_bytes(), IN_FORCE_NAME)
            for digest in found.values():
                bytes.fromhex(digest)
        except FileNotFoundError:
            return {}
        except (InvalidInput, AttributeError, TypeError, ValueError) as cause:
            raise IntegrityError(what=str(path), problem=str(cause).rstrip(".")) from cause
        return dict(found)


def exclusion_lists(home: Home) -> ExclusionLists:
    """Those of an installation."""
    return ExclusionLists(home.root / "exclusions")


def _shown(sha256: bytes | None) -> str:
    return "none" if sha256 is None else sha256.hex()
