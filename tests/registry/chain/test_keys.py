"""Key files: made once, opened by password, refused for everything else, and silent about the key."""

import json
import logging
import stat

import pytest

from registry.chain.failures import KeyExists, KeyFileDamaged, KeyMissing, WrongPassword
from registry.chain.keys import SCRYPT_ROUNDS, KeyStore
from registry.domain.errors import InvalidInput

LIGHT = 2**4
KEY = b"\x01" * 32
ADDRESS = "0x1a642f0E3c3aF545E7AcBD38b07251B3990914F1"


@pytest.fixture
def keys(tmp_path):
    return KeyStore(tmp_path / "keys")


def test_created_key__opens_with_its_password(keys):
    made = keys.create("registrar", "secret", scrypt_rounds=LIGHT)
    assert keys.load("registrar", "secret").key == made.key
    assert keys.address_of("registrar") == made.address
    assert keys.exists("registrar")
    assert not keys.exists("approver")


def test_key_from_elsewhere__is_kept(keys):
    assert keys.create("oracle-1", "secret", key=KEY, scrypt_rounds=LIGHT).address == ADDRESS
    assert keys.load("oracle-1", "secret").key == KEY


def test_two_keys__are_different_and_listed_by_name(keys):
    assert keys.list() == {}
    second = keys.create("b", "secret", scrypt_rounds=LIGHT)
    first = keys.create("a", "secret", scrypt_rounds=LIGHT)
    assert first.key != second.key
    assert list(keys.list().items()) == [("a", first.address), ("b", second.address)]


def test_file__is_keystore_3_readable_by_its_owner_only(keys, tmp_path):
    keys.create("registrar", "secret", key=KEY, scrypt_rounds=LIGHT)
    path = tmp_path / "keys" / "registrar.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [part.name for part in path.parent.iterdir()] == ["registrar.json"]
    stored = json.loads(path.read_text())
    assert (stored["version"], stored["crypto"]["kdf"]) == (3, "scrypt")
    assert stored["crypto"]["kdfparams"]["n"] == LIGHT
    assert KEY.hex() not in path.read_text()


def test_work_factor__is_strong_unless_asked_otherwise(keys, tmp_path):
    keys.create("registrar", "secret", key=KEY)
    stored = json.loads((tmp_path / "keys" / "registrar.json").read_text())
    assert stored["crypto"]["kdfparams"]["n"] == SCRYPT_ROUNDS == 2**18
    assert keys.load("registrar", "secret").address == ADDRESS


def test_existing_key__is_never_overwritten(keys):
    keys.create("registrar", "secret", key=KEY, scrypt_rounds=LIGHT)
    with pytest.raises(KeyExists):
        keys.create("registrar", "other", scrypt_rounds=LIGHT)
    assert keys.load("registrar", "secret").key == KEY


@pytest.mark.parametrize("password", ["", "Secret", "secret "])
def test_wrong_password__refused_without_a_word_of_the_key(keys, password):
    keys.create("registrar", "secret", key=KEY, scrypt_rounds=LIGHT)
    with pytest.raises(WrongPassword) as raised:
        keys.load("registrar", password)
    assert KEY.hex() not in str(raised.value)
    assert raised.value.__cause__ is None


def test_missing_key__says_where_it_looked(keys, tmp_path):
    for ask in (lambda: keys.load("nobody", "secret"), lambda: keys.address_of("nobody")):
        with pytest.raises(KeyMissing, match=r"nobody\.json does not exist"):
            ask()


@pytest.mark.parametrize("name", ["", "../registrar", "a/b", "A", ".hidden", "a" * 65, "a..b", None, "key\n"])
def test_name__that_could_lead_elsewhere__refused(keys, name):
    for ask in (lambda: keys.create(name, "secret"), lambda: keys.load(name, "secret"), lambda: keys.exists(name)):
        with pytest.raises(InvalidInput):
            ask()


@pytest.mark.parametrize("key", [b"", b"\x01" * 31, bytes(32), b"\xff" * 32])
def test_key__that_is_none__refused_and_not_shown(keys, key):
    with pytest.raises(InvalidInput) as raised:
        keys.create("registrar", "secret", key=key, scrypt_rounds=LIGHT)
    assert "not shown" in str(raised.value)
    assert not keys.exists("registrar")


def test_empty_password_or_odd_work__refused(keys):
    with pytest.raises(InvalidInput, match="password"):
        keys.create("registrar", "")
    for rounds in (0, 1, 3, 1000):
        with pytest.raises(InvalidInput, match="power of two"):
            keys.create("registrar", "secret", scrypt_rounds=rounds)


@pytest.mark.parametrize(
    "content",
    ["", "not json", "[]", "{}", '{"version": 3}', '{"version": 1, "address": "00"}', '{"version": 3, "address": 5}'],
)
def test_damaged_file__says_so(keys, tmp_path, content):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "registrar.json").write_text(content)
    for ask in (lambda: keys.load("registrar", "secret"), lambda: keys.address_of("registrar"), keys.list):
        with pytest.raises(KeyFileDamaged, match=r"registrar\.json"):
            ask()


@pytest.mark.parametrize(
    "content", ["[" * 200_000, '{"version":' * 100_000, '{"version": 3.0}', '{"version": 3, "version": 3}', b"\xff"]
)
def test_file_nested_without_end_or_with_two_readings__is_damaged(keys, tmp_path, content):
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "registrar.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    for ask in (lambda: keys.load("registrar", "secret"), lambda: keys.address_of("registrar"), keys.list):
        with pytest.raises(KeyFileDamaged, match=r"nested|not an integer|twice|UTF-8"):
            ask()


def test_file_of_another_program__with_names_of_its_own__opens(keys, tmp_path):
    keys.create("registrar", "secret", key=KEY, scrypt_rounds=LIGHT)
    path = tmp_path / "keys" / "registrar.json"
    stored = json.loads(path.read_text())
    stored |= {"x-ethers": {"client": "ethers.js", "version": "0.1"}, "meta": "{}", "name": "", "id": None}
    path.write_text(json.dumps(stored))
    assert keys.load("registrar", "secret").key == KEY


@pytest.mark.parametrize("crypto", [None, 7, "x", [], {}, {"cipher": 1}, {"kdf": "scrypt", "kdfparams": 7}])
def test_file_whose_crypto_is_none__is_damaged(keys, tmp_path, crypto):
    keys.create("registrar", "secret", key=KEY, scrypt_rounds=LIGHT)
    path = tmp_path / "keys" / "registrar.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "crypto": crypto}))
    with pytest.raises(KeyFileDamaged):
        keys.load("registrar", "secret")


def test_file_with_another_address__is_damaged(keys, tmp_path):
    keys.create("registrar", "secret", key=KEY, scrypt_rounds=LIGHT)
    path = tmp_path / "keys" / "registrar.json"
    stored = json.loads(path.read_text())
    stored["address"] = "00" * 20
    path.write_text(json.dumps(stored))
    with pytest.raises(KeyFileDamaged, match="another address"):
        keys.load("registrar", "secret")


def test_nothing_is_logged(keys, caplog):
    caplog.set_level(logging.DEBUG)
    keys.create("registrar", "secret", key=KEY, scrypt_rounds=LIGHT)
    keys.load("registrar", "secret")
    assert KEY.hex() not in caplog.text
    assert "secret" not in caplog.text
