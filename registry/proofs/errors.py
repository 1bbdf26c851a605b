"""The one error that a reader of certificates meets.

RegistryError
├── InvalidInput
│   └── InvalidCertificate      the file is not a certificate, or says what its own proofs do not show
└── IntegrityError
    └── InvalidProof            (registry/domain) a header, receipt or seal that does not hold
"""

from typing import Any

from registry.domain.errors import InvalidInput, RegistryError

# A hostile file can hold megabytes in one field; an error line shows its beginning.
SHOWN_CHARACTERS_MAX = 120


class InvalidCertificate(InvalidInput):
    """Values: path (JSON path of the first thing that is wrong), problem, stated, proven (None where there is none).

    `stated` is what the file says (or holds), `proven` what its own proofs, or the caller's trust, show instead.
    """

    code = "invalid_certificate"
    text = "The certificate is not valid at {path}: {problem}. Do not rely on it."

    def __init__(self, *, path: str, problem: str, stated: Any = None, proven: Any = None) -> None:
        super().__init__(path=path, problem=problem, stated=stated, proven=proven)

    def _line(self) -> str:
        line = super()._line()
        if self.values["stated"] is not None or self.values["proven"] is not None:
            line += f" File: {_shown(self.values['stated'])}. Proven: {_shown(self.values['proven'])}."
        return line


def reason(error: RegistryError) -> str:
    """What is wrong, in the words of another error, without the advice that it ends with."""
    parts = [str(error.values[name]) for name in ("field", "problem") if name in error.values]
    return " ".join(parts) or str(error)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN_CHARACTERS_MAX else text[:SHOWN_CHARACTERS_MAX] + "..."
