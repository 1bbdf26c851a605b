"""Exchanging messages through mailboxes that are trusted for nothing.

Each round reads what every mailbox holds for a place, keeps what is a signature of a signer in office, and leaves its
own message wherever it is not found. So it does not matter which mailbox lost, repeated or altered what: one road that
works once is enough. What was collected lies in this oracle's own box, which its listener shows to the others.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from oracles.daemon.seams import Log, Mailbox
from oracles.daemon.state import State
from registry.domain.errors import InvalidInput
from registry.services.oracle_messages import MESSAGES_MAX, MessageBox, MessageRefused, OpenPlace, read_message

REPOST_SECONDS = 5.0
"""A mailbox that takes a message and never shows it does not get it every round."""

SEEN_MAX = 1_024

Try = Callable[[tuple[Hashable, ...], Callable[[], object]], bool]


class Exchange:
    """The roads of one oracle to the others."""

    def __init__(
        self,
        mailboxes: Sequence[Mailbox],
        box: MessageBox,
        clock: Callable[[], float],
        log: Log,
        state: State,
        attempt: Try,
    ) -> None:
        self._mailboxes = tuple(mailboxes)
        self._box = box
        self._clock = clock
        self._log = log
        self._state = state
        self._attempt = attempt
        self._posted: dict[tuple[str, int], tuple[bytes, float]] = {}
        self._looked_at: dict[int, tuple[OpenPlace, set[bytes]]] = {}

    def all(self, place: OpenPlace, own: bytes | None, chain_id: int, contract: str) -> None:
        """Looks into every mailbox for a place, and leaves this oracle's message if it has one."""
        for mailbox in self._mailboxes:

            def visit(mailbox: Mailbox = mailbox) -> None:
                found = mailbox.read(place.project_id, place.seq)[:MESSAGES_MAX]
                for content in self._unseen(found, place):
                    self._take(content, place, chain_id, contract)
                if own is not None and own not in found:
                    self._post(mailbox, place, own)

            self._attempt(("mailbox", mailbox.name), visit)

    def _unseen(self, found: list[bytes], place: OpenPlace) -> list[bytes]:
        """What was not looked at for this place yet: a mailbox shows the same again every round."""
        known, seen = self._looked_at.get(place.project_id, (None, set()))
        if known != place or len(seen) > SEEN_MAX:
            seen = set()
        self._looked_at[place.project_id] = (place, seen)
        unseen = [content for content in found if content not in seen]
        seen.update(unseen)
        return unseen

    def _take(self, content: bytes, place: OpenPlace, chain_id: int, contract: str) -> None:
        try:
            message = read_message(content, chain_id, contract)
            is_new = self._box.put(message, place)
        except (InvalidInput, MessageRefused):
            # Rubbish, or of another time; which of both is the sender's business.
            self._state.counts["refused"] += 1
            return
        if is_new:
            self._state.counts["messages"] += 1
            self._log.info("heard", project=place.project_id, seq=place.seq, signer=message.signer)

    def _post(self, mailbox: Mailbox, place: OpenPlace, own: bytes) -> None:
        key = (mailbox.name, place.project_id)
        before, at = self._posted.get(key, (b"", 0.0))
        if before == own and self._clock() < at + REPOST_SECONDS:
            return
        self._posted[key] = (own, self._clock())
        try:
            mailbox.post(own)
        except MessageRefused as refusal:
            # It may not have seen the newest block yet; what it holds is worth reading all the same.
            self._log.info("not taken", mailbox=mailbox.name, project=place.project_id, problem=str(refusal))
