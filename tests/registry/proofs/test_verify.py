"""Invariant 12: a certificate is valid as it was made and in no other way. Every byte, every fact, every garbage."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.proofs.document import FILE_BYTES_MAX, content_hash, render
from registry.proofs.errors import InvalidCertificate
from registry.proofs.verify import verify_certificate


@pytest.fixture(scope="module")
def built(offset_story):
    return offset_story().certificate(acts=offset_story().acts(11, 16))


@pytest.fixture
def document(built):
    """A document that the test may alter."""
    return copy.deepcopy(built)


def resealed(document) -> bytes:
    """The file of a forger who knows the format: the content hash fits what he wrote."""
    document["content_hash"] = content_hash(document)
    return render(document)


def refuse_changed_bytes(data: bytes, positions) -> None:
    verify_certificate(data)
    for position in positions:
        changed = bytearray(data)
        # Mostly another digit of the same kind, so that the file still reads and the facts have to speak.
        changed[position] ^= 1
        with pytest.raises(InvalidCertificate):
            verify_certificate(bytes(changed))


@pytest.mark.parametrize("first", [0, *(pytest.param(first, marks=pytest.mark.long) for first in range(1, 5))])
def test_every_single_byte_changed_is_noticed(document, first):
    data = render(document)
    refuse_changed_bytes(data, range(first, len(data), 5))


@settings(max_examples=300, deadline=None)
@given(draw=st.data())
def test_bytes_changed_cut_or_put_in_anywhere_are_noticed(built, draw):
    data = render(built)
    position = draw.draw(st.integers(0, len(data) - 1))
    length = draw.draw(st.integers(0, 3))
    piece = draw.draw(
        st.one_of(st.binary(max_size=4), st.sampled_from([b" ", b"\n", b"0", b'"', b"{", b"null", b"\r\n"]))
    )
    changed = data[:position] + piece + data[position + length :]
    if changed != data:
        with pytest.raises(InvalidCertificate):
            verify_certificate(changed)


def places(value, path=()):
    """Every leaf of a document with the keys that lead to it."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from places(item, (*path, name))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from places(item, (*path, position))
    else:
        yield path, value


def others(value):
    """Values that could stand in the place of this one."""
    if isinstance(value, bool):
        return [not value, int(value), None, "true"]
    if isinstance(value, int):
        return [value + 1, value - 1, -value - 1, 0 if value else 1, bool(value), str(value), None, 2**64, 2**255]
    if isinstance(value, str):
        last = "0" if value[-1:] != "0" else "1"
        return [value[:-1] + last, value + "00", value[:-2], value.upper(), value.lower(), "", "0x", 0, [value], {}]
    return [0, "", "x", "0x" + "00" * 32, [], {}, False]


def put(document, path, value):
    for key in path[:-1]:
        document = document[key]
    document[path[-1]] = value


def test_every_fact_changed_by_one_who_makes_the_content_hash_fit_is_noticed(document):
    tried = 0
    for path, value in places(document):
        if path == ("content_hash",):
            continue
        for other in others(value):
            if other == value and type(other) is type(value):
                continue
            changed = copy.deepcopy(document)
            put(changed, path, other)
            with pytest.raises(InvalidCertificate) as caught:
                verify_certificate(resealed(changed))
            assert caught.value.values["path"].startswith("$")
            tried += 1
    assert tried > 300


def test_every_member_missing_or_added_is_noticed(document):
    def walk(value, path=()):
        if isinstance(value, dict):
            yield path
        if isinstance(value, dict | list):
            for key in value if isinstance(value, dict) else range(len(value)):
                yield from walk(value[key], (*path, key))

    for path in walk(document):
        changed = copy.deepcopy(document)
        target = changed
        for key in path:
            target = target[key]
        for name in list(target):
            kept = target.pop(name)
            if name != "content_hash":
                with pytest.raises(InvalidCertificate):
                    verify_certificate(resealed(changed))
            target[name] = kept
        target["illustration"] = "a label that nothing proves"
        with pytest.raises(InvalidCertificate):
            verify_certificate(resealed(changed))


@pytest.mark.parametrize(
    ("path", "stated", "proven"),
    [
        (("event", "grams"), 401, 400),
        (("event", "tonnes"), "0.000401", "0.000400"),
        (
            ("event", "account"),
            "0x9999999999999999999999999999999999999999",
            "0x2222222222222222222222222222222222222222",
        ),
        (("event", "purpose"), "Other", "ComplianceOffset"),
        (("event", "offset", "year"), 2017, 2016),
        (("report", "seq"), 3, 2),
        (("report", "period"), "2015-08-01..2015-08-31", "2016-08-01..2016-08-31"),
        (("proofs", "report", "block_number"), 6, 5),
        (
            ("chain", "contracts", "Credits"),
            "0x9999999999999999999999999999999999999999",
            "0xC0C0c0c0C0C0c0c0c0C0c0C0C0C0C0C0C0C0c0c0",
        ),
    ],
)
@pytest.mark.parametrize("with_hash", [False, True])
def test_the_first_difference_is_told_with_its_path_and_both_values(document, path, stated, proven, with_hash):
    put(document, path, stated)
    data = resealed(document) if with_hash else render(document)
    with pytest.raises(InvalidCertificate) as caught:
        verify_certificate(data)
    assert caught.value.values["path"] == "$." + ".".join(path)
    assert caught.value.values["stated"] == stated
    assert caught.value.values["proven"] == proven


def test_a_wrong_content_hash_alone_is_told(document):
    right, wrong = document["content_hash"], "0x" + "00" * 32
    document["content_hash"] = wrong
    with pytest.raises(InvalidCertificate) as caught:
        verify_certificate(render(document))
    assert caught.value.values == caught.value.values | {"path": "$.content_hash", "stated": wrong, "proven": right}


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda document: json.dumps(document, sort_keys=True, ensure_ascii=False).encode(),
        lambda document: json.dumps(document, sort_keys=True, indent=1).encode() + b"\n",
        lambda document: json.dumps(document, indent=1, ensure_ascii=False).encode() + b"\n",
        lambda document: render(document)[:-1],
        lambda document: render(document) + b"\n",
        lambda document: render(document).replace(b"\n", b"\r\n"),
        lambda document: render(document).replace(b'"grams": 400', b'"grams": 400,\n  "grams": 400'),
    ],
)
def test_the_same_facts_in_another_writing_are_refused(document, rewrite):
    with pytest.raises(InvalidCertificate):
        verify_certificate(rewrite(dict(reversed(document.items()))))


def test_where_the_writing_differs_is_told(document):
    with pytest.raises(InvalidCertificate, match="one form from byte 1, line 1"):
        verify_certificate(render(document).replace(b"{\n", b"{ \n", 1))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00",
        b"null",
        b"[]",
        b"{}",
        b'"text"',
        b"\xff\xfe{}",
        b"\xef\xbb\xbf{}",
        b'{"format": "puhui-certificate/2"}',
        b'{"format": "puhui-certificate/1"}',
        b'{"format": "puhui-certificate/1", "chain": []}',
        b'{"format": "puhui-certificate/1", "chain": {"chain_id": 1.0}}',
        b'{"format": "puhui-certificate/1", "chain": {"chain_id": NaN}}',
        b'{"format": "puhui-certificate/1", "chain": "\\ud800"}',
        b'{"a":' * 100_000,
        b"[" * 1_000_000,
        b'{"format": ' + b"9" * 10_000 + b"}",
        b" " * (FILE_BYTES_MAX + 1),
        b"[]" * 2_000_000,
        b'{"a":0' + b',"a":0' * 800_000 + b"}",
        b'"' * 4_000_000,
        b'"' + b"\\" * 4_000_000,
    ],
)
def test_what_is_no_certificate_is_refused(data):
    with pytest.raises(InvalidCertificate):
        verify_certificate(data)


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=200))
def test_noise_is_refused(data):
    with pytest.raises(InvalidCertificate):
        verify_certificate(data)


@settings(max_examples=300, deadline=None)
@given(draw=st.data())
def test_any_json_in_any_place_is_refused(built, draw):
    document = copy.deepcopy(built)
    path, _ = draw.draw(st.sampled_from(list(places(document))))
    path = path[: draw.draw(st.integers(1, len(path)))]
    hexes = st.binary(max_size=40).map(lambda data: "0x" + data.hex())
    atoms = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | hexes
    json_values = st.recursive(
        atoms,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=6,
    )
    before = render(document)
    put(document, path, draw.draw(json_values))
    if path == ("content_hash",) or render(document) == before:
        return
    # Without the statement's text, or without acts, it is another true certificate, see test_certificate.
    if (path == ("event", "statement", "text") and document["event"]["statement"]["text"] is None) or (
        document.get("acts") == []
    ):
        return
    with pytest.raises(InvalidCertificate):
        verify_certificate(resealed(document))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda document: document["acts"].extend(document["acts"] * 40), "more than 64"),
        (lambda document: document["acts"][0]["proof"].extend(["0x" + "00" * 32] * 65), "more than 64"),
        (lambda document: document["proofs"]["report"]["receipt_nodes"].extend(["0x"] * 65), "more than 64"),
        (lambda document: document["proofs"]["report"].update(header_rlp="0x" + "00" * 40_000), "more than 32768"),
        (lambda document: document["proofs"]["report"].update(header_rlp="0x" + "c1" * 30_000), "RLP is cut off"),
        (lambda document: document["proofs"]["report"].update(receipt_nodes=["0x" + "c1" * 30_000]), "not the one"),
        (lambda document: document["event"]["statement"].update(text="x" * 4_001), "at most 4000"),
        (lambda document: document["chain"]["contracts"].update(Desk="0x" + "00" * 20), "no contract of this name"),
        (lambda document: document["chain"].update(contracts={}), "is missing"),
    ],
)
def test_more_than_the_limits_is_refused(document, change, problem):
    change(document)
    with pytest.raises(InvalidCertificate, match=problem):
        verify_certificate(render(document))


def test_a_long_value_is_shown_by_its_beginning(document):
    document["event"]["serials"] = "x" * 100_000
    with pytest.raises(InvalidCertificate) as caught:
        verify_certificate(render(document))
    assert len(str(caught.value)) < 600
