"""The errors of the registry: one root, leaves that carry ids and values.

    RegistryError
    ├── InvalidInput                 what was handed in is wrong; handing in the same again fails again
    │   ├── InvalidQuantity          an amount: wrong type, below its least or above its greatest value
    │   ├── InvalidSerial            a serial or an id that is no such thing
    │   ├── InvalidPeriod            dates that are no days, reversed, or across calendar years
    │   ├── InvalidMethodology       a definition that does not read, or does not hold together
    │   ├── InvalidFormula           a formula that is not of the language, or comes to what no register holds
    │   ├── UnknownScenario          a scenario number the methodology does not have
    │   └── InvalidEvidence          an evidence package, an act key or a statement that is not well formed
    ├── NotFound                     no thing of this kind has this id
    │   ├── LogTooShort              the log ends before the asked leaf or size
    │   └── NoFactor                 a methodology has no value of a parameter for this region, year or mode
    ├── Conflict                     the thing is there, but not in a state that allows this
    │   └── NotFileable              a methodology whose values or formula were not seen, or that is a mere example
    ├── NotPermitted                 this person may not do this
    ├── Unavailable                  something outside does not answer; trying again later may work
    │   ├── ChainUnavailable
    │   └── SourceUnavailable
    ├── ContractRefused              a contract reverted with a custom error (a class each in registry/chain/errors.py)
    └── IntegrityError               stored data contradict themselves; stop and look
        ├── LogCorrupted             a file of an act log is damaged or missing
        └── InvalidProof             a Merkle proof does not lead to the root

Packages add leaves of their own beneath these. A leaf sets `code`, which is stable and goes to clients, and `text`,
a template of its values; `str(error)` is that one line, filled in, and `error.values` holds the values.
"""

# Leaves are named for what is wrong; a suffix "Error" on each would say nothing more.

from typing import Any, ClassVar


class RegistryError(Exception):
    """The root. Raise a leaf, with the values its `text` names as keywords."""

    code: ClassVar[str] = "registry_error"
    text: ClassVar[str] = "The registry cannot do this: {problem}."

    values: dict[str, Any]

    def __init__(self, **values: Any) -> None:
        self.values = values
        super().__init__(self._line())

    def _line(self) -> str:
        # An error about an error helps nobody: a template that misses a value falls back to listing what there is.
        try:
            line = self.text.format(**self.values)
        except (KeyError, IndexError, ValueError, AttributeError):
            listed = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
            line = f"{self.code}: {listed}" if listed else self.code
        return " ".join(line.split())

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions pickle by position; ours are made of keywords. Worker processes hand them back to their parent.
        return _rebuilt, (type(self), self.values)


def _rebuilt(kind: type[RegistryError], values: dict[str, Any]) -> RegistryError:
    return kind(**values)


class InvalidInput(RegistryError):
    """Base of what a caller can mend by handing in something else."""

    code = "invalid_input"
    text = "{field} is not valid: {problem}. Given: {given!r}."


class InvalidQuantity(InvalidInput):
    """Values: field, problem, given."""

    code = "invalid_quantity"
    text = "{field} is not a valid amount: {problem}. Given: {given!r}."


class InvalidSerial(InvalidInput):
    """Values: field, problem, given."""

    code = "invalid_serial"
    text = "{field} is not valid: {problem}. Given: {given!r}."


class InvalidPeriod(InvalidInput):
    """Values: field, problem, given."""

    code = "invalid_period"
    text = "{field} is not a valid date or period: {problem}. Given: {given!r}."


class InvalidMethodology(InvalidInput):
    """Values: methodology (id or file), path (where in the definition), problem."""

    code = "invalid_methodology"
    text = "Methodology {methodology} is not valid at {path}: {problem}. Correct the definition and load it again."


class InvalidFormula(InvalidInput):
    """Values: formula, at (character from 1), problem."""

    code = "invalid_formula"
    text = "Formula {formula!r} is not valid at character {at}: {problem}."


class UnknownScenario(InvalidInput):
    """Values: methodology, scenario, known."""

    code = "unknown_scenario"
    text = "Methodology {methodology} has no scenario {scenario}; it has {known}."


class InvalidEvidence(InvalidInput):
    """Values: what, problem."""

    code = "invalid_evidence"
    text = "Evidence is not valid at {what}: {problem}. The platform has to correct it and pack it again."


class NotFound(RegistryError):
    """Values: kind, id."""

    code = "not_found"
    text = "There is no {kind} {id}. Check the id, or whether the index has reached it."


class LogTooShort(NotFound):
    """Values: asked, size."""

    code = "log_too_short"
    text = "There is no {asked} in the log, it has {size} leaves. Check the number, or fetch the newer log first."


class NoFactor(NotFound):
    """Values: methodology, parameter, region, year, mode (those that it is looked up by; None: not by this)."""

    code = "no_factor"
    text = (
        "Methodology {methodology} has no value of {parameter} for region {region}, year {year}, mode {mode}. "
        "Nothing is guessed: file a version that has one."
    )


class Conflict(RegistryError):
    """Values: kind, id, problem."""

    code = "conflict"
    text = "{kind} {id} does not allow this: {problem}."


class NotFileable(Conflict):
    """Values: methodology, problem."""

    code = "not_fileable"
    text = "Methodology {methodology} cannot be filed or run here: {problem}."


class NotPermitted(RegistryError):
    """Values: who, action, needed."""

    code = "not_permitted"
    text = "{who} may not {action}: this needs {needed}."


class Unavailable(RegistryError):
    """Base of failures that trying again later may mend. Values: what, problem."""

    code = "unavailable"
    text = "{what} does not answer: {problem}. Try again later."


class ChainUnavailable(Unavailable):
    """Values: what (the node), problem."""

    code = "chain_unavailable"
    text = "The chain at {what} does not answer: {problem}. Check that the node runs, then try again."


class SourceUnavailable(Unavailable):
    """Values: what (the source), problem."""

    code = "source_unavailable"
    text = "The evidence source {what} does not answer: {problem}. Check the address, then try again."


class ContractRefused(RegistryError):
    """Base of the contracts' custom errors: made with the error's own values; `error_name` and `contract` name it.

    `registry/chain/errors.py` makes one class per Solidity error, each with its own code and text.
    """

    code = "contract_refused"
    text = ""

    error_name: str
    contract: str

    def __init__(self, *, error_name: str = "", contract: str = "", **values: Any) -> None:
        self.error_name = error_name or type(self).__name__
        self.contract = contract
        super().__init__(**values)

    def _line(self) -> str:
        if self.text:
            return super()._line()
        listed = ", ".join(f"{name}={_shown(value)}" for name, value in self.values.items())
        return f"Contract {self.contract or 'unknown'} refused: {self.error_name}({listed})."

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt_refusal, (type(self), self.error_name, self.contract, self.values)


def _rebuilt_refusal(
    kind: type[ContractRefused], error_name: str, contract: str, values: dict[str, Any]
) -> ContractRefused:
    return kind(error_name=error_name, contract=contract, **values)


def _shown(value: Any) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)


class IntegrityError(RegistryError):
    """Stored data contradict themselves. Never repaired in silence. Values: what, problem."""

    code = "integrity_error"
    text = "{what} is not intact: {problem}. Stop writing to it and restore it from a copy."


class LogCorrupted(IntegrityError):
    """Values: path, problem."""

    code = "log_corrupted"
    text = "The log file {path} is damaged: {problem}. Restore it from a copy, or rebuild the log from its evidence."


class InvalidProof(IntegrityError):
    """Values: kind (inclusion or consistency), problem."""

    code = "invalid_proof"
    text = "The {kind} proof does not hold: {problem}. Do not rely on what it claims."
