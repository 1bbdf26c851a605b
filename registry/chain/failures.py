"""What goes wrong with a chain itself, beneath the error tree of the domain.

    InvalidInput
    ├── TransactionRejected      the chain will never take this transaction
    └── InvalidArguments         arguments that do not fit the function's ABI
    Conflict
    ├── NonceUsed                another transaction of the sender carries this number
    ├── NonceTooHigh             a number before this one is missing
    ├── WrongChain               the node is on another chain than asked for
    ├── ForeignChainStore        the file is no chain of this kind or belongs to another chain
    └── KeyExists                a key of this name is there already
    NotFound
    ├── NoContract               there is no such contract at the address
    ├── ArtifactMissing          this build has no such contract, function, event or error
    └── KeyMissing               no key file of this name
    NotPermitted
    └── WrongPassword            the key file does not open with this password
    Unavailable
    ├── TransactionNotMined      waited in vain
    └── NodeRefused              the node answered with an error of its own
    IntegrityError
    ├── ChainStoreDamaged        the embedded chain's file contradicts itself
    ├── HeaderMismatch           what a node tells of a block does not hash to the block
    ├── KeyFileDamaged           a key file that does not read
    └── AnswerMalformed          a node or contract answered what its interface does not allow

What contracts refuse with is in `errors.py`: there class names are the Solidity names.
"""

from registry.domain.errors import Conflict, IntegrityError, InvalidInput, NotFound, NotPermitted, Unavailable


class TransactionRejected(InvalidInput):
    """Values: tx_hash (0x text, or "unreadable"), problem."""

    code = "transaction_rejected"
    text = "The chain does not take transaction {tx_hash}: {problem}. Build and sign it again."


class InvalidArguments(InvalidInput):
    """Values: function (signature), path (which argument), problem, given."""

    code = "invalid_arguments"
    text = "Argument {path} of {function} is not valid: {problem}. Given: {given!r}."


class NonceUsed(Conflict):
    """Values: sender, nonce, expected."""

    code = "nonce_used"
    text = (
        "Number {nonce} of sender {sender} is taken by another transaction; the next free one is {expected}. "
        "Look up what was sent before signing again."
    )


class NonceTooHigh(Conflict):
    """Values: sender, nonce, expected."""

    code = "nonce_too_high"
    text = (
        "Transaction number {nonce} of sender {sender} comes too early: number {expected} is missing. Send that first."
    )


class WrongChain(Conflict):
    """Values: what (the node), chain_id, expected."""

    code = "wrong_chain"
    text = "The node at {what} is on chain {chain_id}, not on chain {expected}. Check the URL, or the home folder."


class ForeignChainStore(Conflict):
    """Values: path, problem."""

    code = "foreign_chain_store"
    text = "{path} is not the chain asked for: {problem}. Choose another home folder, or open it with what made it."


class KeyExists(Conflict):
    """Values: name, path."""

    code = "key_exists"
    text = "There is a key {name} at {path} already. Choose another name; a key is never overwritten."


class NoContract(NotFound):
    """Values: contract, address, block."""

    code = "no_contract"
    text = "There is no contract {contract} at {address} in block {block}. Check the addresses of the network."


class ArtifactMissing(NotFound):
    """Values: what, where."""

    code = "artifact_missing"
    text = "There is no {what} in {where}. Check the name, or run `make contracts`."


class KeyMissing(NotFound):
    """Values: name, path."""

    code = "key_missing"
    text = "There is no key {name}: {path} does not exist. Check the name, or create the key."


class WrongPassword(NotPermitted):
    """Values: name, path."""

    code = "wrong_password"
    text = "The password does not open key {name} ({path})."


class TransactionNotMined(Unavailable):
    """Values: tx_hash, timeout_seconds."""

    code = "transaction_not_mined"
    text = (
        "Transaction {tx_hash} was not mined within {timeout_seconds} s. Check that the network makes blocks; "
        "the transaction may still be mined."
    )


class NodeRefused(Unavailable):
    """Values: what (the node), method, problem."""

    code = "node_refused"
    text = "The node at {what} did not answer {method}: {problem}. Check its version, its settings and its log."


class ChainStoreDamaged(IntegrityError):
    """Values: path, problem."""

    code = "chain_store_damaged"
    text = "The chain in {path} is damaged: {problem}. Restore the file from a copy, or move it away and set up anew."


class HeaderMismatch(IntegrityError):
    """Values: what (the node), block, problem."""

    code = "header_mismatch"
    text = "What the node {what} tells of block {block} is not the block: {problem}. Do not trust this node."


class KeyFileDamaged(IntegrityError):
    """Values: path, problem."""

    code = "key_file_damaged"
    text = "The key file {path} does not read: {problem}. Restore it from a copy."


class AnswerMalformed(IntegrityError):
    """Values: what (who answered), problem."""

    code = "answer_malformed"
    text = "{what} answered what its interface does not allow: {problem}. Check addresses and versions."
