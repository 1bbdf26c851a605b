"""Custom errors of OpenZeppelin Contracts 5.1.0 that contracts beneath or beside ours may revert with.

Our own ABIs list those that our contracts inherit; these are here so that a refusal from a receiver or a library reads
as well. Declarations are facts of the published interface.
"""

from __future__ import annotations

import re

from registry.chain.abi import Parameter, Signature

_DECLARATIONS = """
AccessControlBadConfirmation()
AccessControlUnauthorizedAccount(address account, bytes32 neededRole)
AddressEmptyCode(address target)
ECDSAInvalidSignature()
ECDSAInvalidSignatureLength(uint256 length)
ECDSAInvalidSignatureS(bytes32 s)
ERC1155InsufficientBalance(address sender, uint256 balance, uint256 needed, uint256 tokenId)
ERC1155InvalidApprover(address approver)
ERC1155InvalidArrayLength(uint256 idsLength, uint256 valuesLength)
ERC1155InvalidOperator(address operator)
ERC1155InvalidReceiver(address receiver)
ERC1155InvalidSender(address sender)
ERC1155MissingApprovalForAll(address operator, address owner)
FailedCall()
InsufficientBalance(uint256 balance, uint256 needed)
InvalidAccountNonce(address account, uint256 currentNonce)
InvalidShortString()
ReentrancyGuardReentrantCall()
SafeCastOverflowedIntDowncast(uint8 bits, int256 value)
SafeCastOverflowedIntToUint(int256 value)
SafeCastOverflowedUintDowncast(uint8 bits, uint256 value)
SafeCastOverflowedUintToInt(uint256 value)
StringTooLong(string str)
StringsInsufficientHexLength(uint256 value, uint256 length)
"""


def _signature(declaration: str) -> Signature:
    found = re.fullmatch(r"(\w+)\((.*)\)", declaration)
    if found is None:
        raise ValueError(f"not the declaration of an error: {declaration}")
    pairs = [part.split() for part in found[2].split(", ") if part]
    return Signature("error", found[1], tuple(Parameter(name, kind, (), False) for kind, name in pairs))


OPENZEPPELIN_ERRORS = tuple(_signature(line) for line in _DECLARATIONS.split("\n") if line)
