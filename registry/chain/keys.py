"""Keys of people and services on disk: one keystore file (version 3, Web3 Secret Storage) a name, opened by password.

A key is in memory only while it is used and never in a log, an error or a file that is not encrypted.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.address import is_address, to_checksum_address

from registry.chain.failures import KeyExists, KeyFileDamaged, KeyMissing, WrongPassword
from registry.domain.canonical import InvalidJson, parse_strict_json
from registry.domain.errors import InvalidInput
from registry.files import OWNER_ONLY, write_new

SCRYPT_ROUNDS = 2**18
"""Work of opening a key: about a second and 256 MiB. Demonstrations and tests choose less, and say so."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SUFFIX = ".json"


class KeyStore:
    """The key files of one folder. Names are of lower-case letters, digits, `.`, `_` and `-`, at most 64."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(
        self, name: str, password: str, *, key: bytes | None = None, scrypt_rounds: int = SCRYPT_ROUNDS
    ) -> LocalAccount:
        """Makes a key, or takes one that exists elsewhere, and writes its file. Never overwrites.

        Args:
            key: the private key, 32 bytes; fresh from the system's source of randomness if None.
            scrypt_rounds: work factor N of scrypt, a power of two. Less than the default only for keys without value.

        Raises:
            InvalidInput: a name, password or work factor that cannot be; a key that is none.
            KeyExists: there is a key of this name.
        """
        path = self._path(name)
        if not password:
            raise InvalidInput(field="password", problem="must not be empty", given="")
        if scrypt_rounds < 2 or scrypt_rounds & (scrypt_rounds - 1):
            raise InvalidInput(field="scrypt_rounds", problem="must be a power of two", given=scrypt_rounds)
        if path.exists():
            raise KeyExists(name=name, path=str(path))
        account = _account(os.urandom(32) if key is None else key)
        encrypted = Account.encrypt(account.key, password, kdf="scrypt", iterations=scrypt_rounds)
        self._write(name, path, json.dumps(encrypted, sort_keys=True).encode())
        return account

    def load(self, name: str, password: str) -> LocalAccount:
        """Opens a key. Takes as long as its work factor asks.

        Raises:
            InvalidInput: not a name.
            KeyMissing: no such key.
            WrongPassword: the password does not open it.
            KeyFileDamaged: the file does not read, or holds another key than its address says.
        """
        path = self._path(name)
        stored = self._read(name, path)
        try:
            account = _account(bytes(Account.decrypt(stored, password)))
        except ValueError as cause:
            if "MAC" in str(cause):
                raise WrongPassword(name=name, path=str(path)) from None
            raise KeyFileDamaged(path=str(path), problem=str(cause)) from None
        except (KeyError, TypeError, NotImplementedError, InvalidInput) as cause:
            raise KeyFileDamaged(path=str(path), problem=f"it lacks what a keystore file has ({cause})") from None
        if account.address != _address_in(stored, path):
            raise KeyFileDamaged(path=str(path), problem="its key belongs to another address than it says")
        return account

    def address_of(self, name: str) -> str:
        """The address of a key, without opening it. Raises InvalidInput, KeyMissing, KeyFileDamaged."""
        path = self._path(name)
        return _address_in(self._read(name, path), path)

    def exists(self, name: str) -> bool:
        """Whether there is a key of this name. Raises InvalidInput."""
        return self._path(name).exists()

    def list(self) -> dict[str, str]:
        """All keys: names to addresses, sorted by name. Raises KeyFileDamaged."""
        files = sorted(self._folder.glob(f"*{_SUFFIX}")) if self._folder.is_dir() else []
        return {path.stem: self.address_of(path.stem) for path in files if _NAME.fullmatch(path.stem)}

    def _path(self, name: str) -> Path:
        # Names become file names: nothing that leads out of the folder.
        if not isinstance(name, str) or not _NAME.fullmatch(name) or ".." in name:
            raise InvalidInput(field="key name", problem="must be of a-z, 0-9, '.', '_', '-', at most 64", given=name)
        return self._folder / f"{name}{_SUFFIX}"

    def _read(self, name: str, path: Path) -> dict[str, Any]:
        try:
            # Strictly: the keystore format knows neither a float nor a name twice, other names are let be.
            stored = parse_strict_json(path.read_bytes(), "keystore")
        except FileNotFoundError:
            raise KeyMissing(name=name, path=str(path)) from None
        except InvalidJson as cause:
            problem = f"{cause.values['problem']} (at {cause.values['path']})"
            raise KeyFileDamaged(path=str(path), problem=problem) from None
        except OSError as cause:
            raise KeyFileDamaged(path=str(path), problem=str(cause)) from None
        if not isinstance(stored, dict) or stored.get("version") != 3:
            raise KeyFileDamaged(path=str(path), problem="it is no keystore file of version 3")
        return stored

    def _write(self, name: str, path: Path, content: bytes) -> None:
        """Whole or not at all, readable by its owner only, and never over another file."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            write_new(path, content, mode=OWNER_ONLY)
        except FileExistsError:
            raise KeyExists(name=name, path=str(path)) from None


def _account(key: bytes) -> LocalAccount:
    try:
        account: LocalAccount = Account.from_key(key)
    except ValueError:
        # The message of the library could quote the key.
        raise InvalidInput(field="private key", problem="is no key of secp256k1", given="(not shown)") from None
    return account


def _address_in(stored: dict[str, Any], path: Path) -> str:
    address = stored.get("address")
    text = address if isinstance(address, str) else ""
    text = text if text.startswith("0x") else f"0x{text}"
    if not is_address(text):
        raise KeyFileDamaged(path=str(path), problem="it names no address")
    return str(to_checksum_address(text))
