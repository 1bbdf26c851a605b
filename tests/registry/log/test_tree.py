"""RFC 6962 trees: the test vectors of Certificate Transparency, and a naive tree written straight from the RFC."""

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.errors import InvalidProof, LogTooShort
from registry.log import tree

# The reference inputs, roots, audit paths and consistency proofs that Certificate Transparency implementations share
# (merkle_tree_test of google/certificate-transparency, testonly of transparency-dev/merkle). Indexes from 0.
CT_LEAVES = [
    bytes.fromhex(text)
    for text in ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CT_INCLUSION = [
    (0, 1, []),
    (
        0,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        5,
        8,
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
    (
        1,
        5,
        [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
CT_CONSISTENCY = [
    (1, 1, []),
    (
        1,
        8,
        [
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ],
    ),
    (
        6,
        8,
        [
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ],
    ),
    (
        2,
        5,
        [
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ],
    ),
]
CT_HASHES = [tree.leaf_hash(leaf) for leaf in CT_LEAVES]


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, word by word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = naive_split(len(leaves))
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_split(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def naive_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of 2.1.1."""
    if len(leaves) == 1:
        return []
    k = naive_split(len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: Sequence[bytes], known: bool) -> list[bytes]:
    """SUBPROOF of 2.1.2."""
    if m == len(leaves):
        return [] if known else [naive_root(leaves)]
    k = naive_split(len(leaves))
    if m <= k:
        return [*naive_subproof(m, leaves[:k], known), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], False), naive_root(leaves[:k])]


MANY_LEAVES = [f"leaf {index}".encode() for index in range(70)]
MANY_HASHES = [tree.leaf_hash(leaf) for leaf in MANY_LEAVES]
MANY_ROOTS = [naive_root(MANY_LEAVES[:size]) for size in range(71)]


# Certificate Transparency


@pytest.mark.parametrize("size", range(9))
def test_root__equals_the_vector_of_certificate_transparency(size: int) -> None:
    assert tree.root(CT_HASHES[:size]).hex() == CT_ROOTS[size]
    assert naive_root(CT_LEAVES[:size]).hex() == CT_ROOTS[size]


@pytest.mark.parametrize(("index", "size", "proof"), CT_INCLUSION)
def test_inclusion__equals_the_vector_of_certificate_transparency(index: int, size: int, proof: list[str]) -> None:
    assert [value.hex() for value in tree.inclusion_proof(CT_HASHES[:size], index)] == proof
    hashes = [bytes.fromhex(value) for value in proof]
    tree.verify_inclusion(CT_HASHES[index], index, size, hashes, bytes.fromhex(CT_ROOTS[size]))


@pytest.mark.parametrize(("before", "size", "proof"), CT_CONSISTENCY)
def test_consistency__equals_the_vector_of_certificate_transparency(before: int, size: int, proof: list[str]) -> None:
    assert [value.hex() for value in tree.consistency_proof(CT_HASHES[:size], before)] == proof
    hashes = [bytes.fromhex(value) for value in proof]
    tree.verify_consistency(before, size, bytes.fromhex(CT_ROOTS[before]), bytes.fromhex(CT_ROOTS[size]), hashes)


# Against the naive tree, every size to 70


@pytest.mark.parametrize("size", range(71))
def test_every_root_and_proof__equals_the_naive_one_and_verifies(size: int) -> None:
    hashes, root = MANY_HASHES[:size], MANY_ROOTS[size]
    assert tree.root(hashes) == root
    for index in range(size):
        path = tree.inclusion_proof(hashes, index)
        assert path == naive_path(index, MANY_LEAVES[:size])
        tree.verify_inclusion(hashes[index], index, size, path, root)
    for before in range(1, size + 1):
        proof = tree.consistency_proof(hashes, before)
        assert proof == naive_subproof(before, MANY_LEAVES[:size], True)
        tree.verify_consistency(before, size, MANY_ROOTS[before], root, proof)


@pytest.mark.parametrize("size", range(0, 71, 3))
def test_extended_root__equals_the_root_of_the_whole(size: int) -> None:
    def subtree(start: int, end: int) -> bytes:
        assert (end - start) & (end - start - 1) == 0, "only complete subtrees are asked for"
        return tree.root(MANY_HASHES[start:end])

    for end in range(size, 71):
        assert tree.extended_root(size, subtree, MANY_HASHES[size:end]) == MANY_ROOTS[end]


# What must be refused


sizes = st.integers(1, 70)


@st.composite
def inclusions(draw: st.DrawFn) -> tuple[int, int, list[bytes]]:
    size = draw(sizes)
    index = draw(st.integers(0, size - 1))
    return index, size, tree.inclusion_proof(MANY_HASHES[:size], index)


@st.composite
def consistencies(draw: st.DrawFn) -> tuple[int, int, list[bytes]]:
    size = draw(sizes)
    before = draw(st.integers(1, size))
    return before, size, tree.consistency_proof(MANY_HASHES[:size], before)


def wrong_proofs(proof: list[bytes], draw: st.DataObject) -> list[list[bytes]]:
    """The proof with a hash more at any place, with one less, and with one bit turned."""
    found = []
    place = draw.draw(st.integers(0, len(proof)))
    for extra in (bytes(32), tree.EMPTY_ROOT, proof[-1] if proof else MANY_HASHES[0]):
        found.append([*proof[:place], extra, *proof[place:]])
    if proof:
        place = draw.draw(st.integers(0, len(proof) - 1))
        bit = draw.draw(st.integers(0, 255))
        turned = (int.from_bytes(proof[place], "big") ^ (1 << bit)).to_bytes(32, "big")
        found.append([*proof[:place], turned, *proof[place + 1 :]])
        found.append([*proof[:place], *proof[place + 1 :]])
        found.append([*proof[:place], proof[place][:31], *proof[place + 1 :]])
    return found


@given(inclusions(), st.data())
def test_inclusion__with_anything_changed__is_refused(claim: tuple[int, int, list[bytes]], draw: st.DataObject) -> None:
    index, size, proof = claim
    leaf, root = MANY_HASHES[index], MANY_ROOTS[size]
    for wrong in wrong_proofs(proof, draw):
        with pytest.raises(InvalidProof):
            tree.verify_inclusion(leaf, index, size, wrong, root)
    other = draw.draw(st.integers(-3, 75))
    if other != index:
        with pytest.raises(InvalidProof):
            tree.verify_inclusion(leaf, other, size, proof, root)
    with pytest.raises(InvalidProof):
        tree.verify_inclusion(MANY_HASHES[(index + 1) % 70], index, size, proof, root)
    with pytest.raises(InvalidProof):
        tree.verify_inclusion(leaf, index, size, proof, MANY_ROOTS[size - 1])


@given(consistencies(), st.data())
def test_consistency__with_anything_changed__is_refused(
    claim: tuple[int, int, list[bytes]], draw: st.DataObject
) -> None:
    before, size, proof = claim
    root_before, root = MANY_ROOTS[before], MANY_ROOTS[size]
    for wrong in wrong_proofs(proof, draw):
        with pytest.raises(InvalidProof):
            tree.verify_consistency(before, size, root_before, root, wrong)
    with pytest.raises(InvalidProof):
        tree.verify_consistency(before, size, MANY_ROOTS[before - 1], root, proof)
    with pytest.raises(InvalidProof):
        tree.verify_consistency(before, size, root_before, MANY_ROOTS[size - 1], proof)
    with pytest.raises(InvalidProof):
        tree.verify_consistency(size + 1, size, root_before, root, proof)


def test_consistency__of_a_rewritten_beginning__cannot_be_shown() -> None:
    rewritten = [MANY_HASHES[1], MANY_HASHES[0], *MANY_HASHES[2:20]]
    proof = tree.consistency_proof(rewritten, 9)
    with pytest.raises(InvalidProof, match="earlier root"):
        tree.verify_consistency(9, 20, MANY_ROOTS[9], tree.root(rewritten), proof)


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 1), (1, 1), (8, 8), (0, -1), (0, 2**63 + 1), (2**63, 2**63)])
def test_inclusion__of_a_leaf_that_cannot_be__is_refused(index: int, size: int) -> None:
    with pytest.raises(InvalidProof, match="there is no leaf"):
        tree.verify_inclusion(MANY_HASHES[0], index, size, [], MANY_HASHES[0])


def test_inclusion__of_a_node_passed_off_as_a_leaf__is_refused_by_the_prefixes() -> None:
    node = tree.node_hash(CT_HASHES[0], CT_HASHES[1])
    forged = tree.leaf_hash(CT_HASHES[0] + CT_HASHES[1])
    assert node != forged
    with pytest.raises(InvalidProof):
        tree.verify_inclusion(forged, 0, 1, [], tree.root(CT_HASHES[:2]))


@pytest.mark.parametrize("size", [0, 1, 8])
def test_inclusion_proof__of_no_leaf__is_refused(size: int) -> None:
    for index in (-1, size, size + 5):
        with pytest.raises(LogTooShort):
            tree.inclusion_proof(MANY_HASHES[:size], index)


@pytest.mark.parametrize("before", [-1, 9])
def test_consistency_proof__of_a_longer_tree__is_refused(before: int) -> None:
    with pytest.raises(LogTooShort):
        tree.consistency_proof(MANY_HASHES[:8], before)


def test_consistency__of_the_empty_tree__needs_its_root_and_no_hashes() -> None:
    assert tree.consistency_proof(CT_HASHES, 0) == []
    root = tree.root(CT_HASHES)
    tree.verify_consistency(0, 8, tree.EMPTY_ROOT, root, [])
    tree.verify_consistency(0, 0, tree.EMPTY_ROOT, tree.EMPTY_ROOT, [])
    for before, after, proof in [
        (root, root, []),
        (tree.EMPTY_ROOT, root, [root]),
        (bytes(32), root, []),
    ]:
        with pytest.raises(InvalidProof):
            tree.verify_consistency(0, 8, before, after, proof)
    with pytest.raises(InvalidProof, match="empty tree"):
        tree.verify_consistency(0, 0, root, root, [])


def test_consistency__of_equal_sizes__needs_equal_roots_and_no_hashes() -> None:
    root = tree.root(CT_HASHES)
    tree.verify_consistency(8, 8, root, root, [])
    with pytest.raises(InvalidProof, match="two roots for one size"):
        tree.verify_consistency(8, 8, tree.root(CT_HASHES[:7]), root, [])
    with pytest.raises(InvalidProof, match="needs no hashes"):
        tree.verify_consistency(8, 8, root, root, [root])


@pytest.mark.parametrize("value", [b"", b"x" * 31, b"x" * 33, "x" * 32, None])
def test_hashes__of_another_length__are_refused(value: bytes) -> None:
    with pytest.raises(InvalidProof, match="32 bytes"):
        tree.verify_inclusion(value, 0, 1, [], MANY_HASHES[0])
    with pytest.raises(InvalidProof, match="32 bytes"):
        tree.verify_inclusion(MANY_HASHES[0], 0, 2, [value], MANY_HASHES[0])
    with pytest.raises(InvalidProof, match="32 bytes"):
        tree.verify_consistency(1, 2, MANY_HASHES[0], value, [MANY_HASHES[1]])
