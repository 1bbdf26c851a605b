"""Jurisdictions, who holds which role, and what lies on the Desk."""

from sqlalchemy import Boolean, ForeignKey, Index, PrimaryKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from registry.db.base import Address, Base, Blob, Bytes4, Bytes32, Derived, Int64, LongText, UtcTime


class Jurisdiction(Base, Derived):
    """A jurisdiction by its GB/T 2260 code. The council, code 0, has a row only if the chain announced it."""

    __tablename__ = "jurisdictions"

    code: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name_hash: Mapped[Bytes32]


class RoleMember(Base, Derived):
    """A role held now; the row goes when the role goes."""

    __tablename__ = "role_members"
    __table_args__ = (PrimaryKeyConstraint("jurisdiction", "role", "member"), Index(None, "member"))

    jurisdiction: Mapped[int]
    role: Mapped[int]
    member: Mapped[Address]


class DeskPolicy(Base, Derived):
    """How one function is decided; jurisdiction 0 is the rule of the network."""

    __tablename__ = "desk_policies"
    __table_args__ = (PrimaryKeyConstraint("jurisdiction", "target", "selector"),)

    jurisdiction: Mapped[int]
    target: Mapped[Address]
    selector: Mapped[Bytes4]
    maker_role: Mapped[int]
    checker_role: Mapped[int]
    notice_seconds: Mapped[Int64]
    expiry_seconds: Mapped[Int64]
    experts: Mapped[int]


class DeskRequest(Base, Derived):
    """A request: the exact call, who proposed it, who decided. `status` never says Expired: that follows from time."""

    __tablename__ = "desk_requests"
    __table_args__ = (Index(None, "jurisdiction", "status"),)

    request_id: Mapped[Int64] = mapped_column(primary_key=True, autoincrement=False)
    jurisdiction: Mapped[int]
    maker: Mapped[Address]
    target: Mapped[Address]
    data: Mapped[Blob]
    # The call in words; `arguments` is JSON with integers as decimal text and bytes as 0x text. `decoded` is false for
    # a call that no known ABI explains: then `function` is the selector and `arguments` is {}.
    decoded: Mapped[bool] = mapped_column(Boolean)
    contract: Mapped[str | None] = mapped_column(String(40))
    function: Mapped[str] = mapped_column(String(80))
    arguments: Mapped[LongText]
    approvable_at: Mapped[UtcTime]
    expires_at: Mapped[UtcTime]
    # Positive opinions that an approval needs.
    experts: Mapped[int]
    status: Mapped[int]
    checker: Mapped[Address | None]
    reason_hash: Mapped[Bytes32 | None]
    decided_block_number: Mapped[Int64 | None]
    decided_tx_hash: Mapped[Bytes32 | None]


class DeskObjection(Base, Derived):
    """An objection to a request, of an account or of an AUDITOR itself, and the ruling on it."""

    __tablename__ = "desk_objections"
    __table_args__ = (PrimaryKeyConstraint("request_id", "objector"),)

    request_id: Mapped[Int64] = mapped_column(ForeignKey("desk_requests.request_id"))
    objector: Mapped[Address]
    by: Mapped[Address]
    evidence_hash: Mapped[Bytes32]
    status: Mapped[int]
    regulator: Mapped[Address | None]
    reason_hash: Mapped[Bytes32 | None]
    ruled_block_number: Mapped[Int64 | None]
    ruled_tx_hash: Mapped[Bytes32 | None]


class DeskOpinion(Base, Derived):
    """An expert's opinion on a request."""

    __tablename__ = "desk_opinions"
    __table_args__ = (PrimaryKeyConstraint("request_id", "expert"),)

    request_id: Mapped[Int64] = mapped_column(ForeignKey("desk_requests.request_id"))
    expert: Mapped[Address]
    positive: Mapped[bool] = mapped_column(Boolean)
    opinion_hash: Mapped[Bytes32]
