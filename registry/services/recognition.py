"""Recognition: which methodologies, credits and projects of others a jurisdiction accepts, on which terms."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from registry.domain.units import check_grams, check_integer
from registry.services.calls import GuardedCall
from registry.services.texts import hash_of

BASIS_POINTS = 10_000
SECONDS_MAX = 2**40 - 1


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms credits are accepted. The discount in basis points, the cap in grams before it, for one year."""

    discount_bps: int
    yearly_cap_grams: int
    valid_from: int
    valid_until: int

    def checked(self) -> tuple[int, ...]:
        """In the order of the contract. Raises InvalidInput."""
        check_integer(self.discount_bps, "discount_bps", 0, BASIS_POINTS - 1)
        check_grams(self.yearly_cap_grams, field="yearly_cap_grams", least=1)
        check_integer(self.valid_from, "valid_from", 1, SECONDS_MAX)
        check_integer(self.valid_until, "valid_until", self.valid_from, SECONDS_MAX)
        return tuple(asdict(self).values())


def recognise_methodology(jurisdiction: int, definition_hash: bytes, document: str) -> GuardedCall:
    """Lets projects of the jurisdiction use a methodology of another. `document`: the text of the decision."""
    return GuardedCall(
        "Recognition", "recogniseMethodology", (jurisdiction, definition_hash, hash_of(document)), (document,)
    )


def withdraw_methodology(jurisdiction: int, definition_hash: bytes, reason: str) -> GuardedCall:
    """Ends that, for projects filed from now on."""
    return GuardedCall(
        "Recognition", "withdrawMethodology", (jurisdiction, definition_hash, hash_of(reason)), (reason,)
    )


def set_terms(jurisdiction: int, issuer: int, definition_hash: bytes, terms: Terms) -> GuardedCall:
    """Accepts credits of an issuer and methodology. Raises InvalidInput."""
    return GuardedCall("Recognition", "setTerms", (jurisdiction, issuer, definition_hash, terms.checked()))


def withdraw_terms(jurisdiction: int, issuer: int, definition_hash: bytes, reason: str) -> GuardedCall:
    """Accepts them no longer."""
    return GuardedCall(
        "Recognition", "withdrawTerms", (jurisdiction, issuer, definition_hash, hash_of(reason)), (reason,)
    )


def set_project_terms(jurisdiction: int, project_id: int, terms: Terms) -> GuardedCall:
    """Terms of one project, in the place of the general ones. Raises InvalidInput."""
    return GuardedCall("Recognition", "setProjectTerms", (jurisdiction, project_id, terms.checked()))


def exclude_project(jurisdiction: int, project_id: int, reason: str) -> GuardedCall:
    """Refuses one project, whatever the general terms say."""
    return GuardedCall("Recognition", "excludeProject", (jurisdiction, project_id, hash_of(reason)), (reason,))


def withdraw_project_terms(jurisdiction: int, project_id: int, reason: str) -> GuardedCall:
    """Puts a project under the general terms again."""
    return GuardedCall("Recognition", "withdrawProjectTerms", (jurisdiction, project_id, hash_of(reason)), (reason,))
