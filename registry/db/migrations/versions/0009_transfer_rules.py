"""Rules of transfers (working hours, limits, trusted counterparties), and transfers that wait.

Revision: 0009
After: 0008

The column types are the plain ones below those of registry.db.base: a migration must not change when the models do.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_TABLES = (
    "working_hours",
    "calendar_days",
    "transfer_limits",
    "account_transfer_limits",
    "trusts",
    "pending_transfers",
    "pending_transfer_lines",
)


def upgrade() -> None:
    """Makes the tables."""
    _rules()
    _pending()


def _rules() -> None:
    op.create_table(
        "working_hours",
        sa.Column("jurisdiction", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("weekdays", sa.Integer(), nullable=False),
        sa.Column("open_second", sa.Integer(), nullable=False),
        sa.Column("close_second", sa.Integer(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("jurisdiction", name=op.f("pk_working_hours")),
    )
    op.create_table(
        "calendar_days",
        sa.Column("jurisdiction", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("jurisdiction", "day", name=op.f("pk_calendar_days")),
    )
    op.create_table(
        "transfer_limits",
        sa.Column("jurisdiction", sa.Integer(), autoincrement=False, nullable=False),
        *_limits(),
        *_origin(),
        sa.PrimaryKeyConstraint("jurisdiction", name=op.f("pk_transfer_limits")),
    )
    op.create_table(
        "account_transfer_limits",
        sa.Column("account", sa.String(42), nullable=False),
        *_limits(),
        *_origin(),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_account_transfer_limits")),
        sa.ForeignKeyConstraint(
            ["account"], ["accounts.address"], name=op.f("fk_account_transfer_limits_account_accounts")
        ),
    )
    op.create_table(
        "trusts",
        sa.Column("account", sa.String(42), nullable=False),
        sa.Column("counterparty", sa.String(42), nullable=False),
        sa.Column("trusted_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(42), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("account", "counterparty", name=op.f("pk_trusts")),
        sa.ForeignKeyConstraint(["account"], ["accounts.address"], name=op.f("fk_trusts_account_accounts")),
        sa.ForeignKeyConstraint(["counterparty"], ["accounts.address"], name=op.f("fk_trusts_counterparty_accounts")),
    )


def _pending() -> None:
    op.create_table(
        "pending_transfers",
        sa.Column("transfer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sender", sa.String(42), nullable=False),
        sa.Column("recipient", sa.String(42), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("reference_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("executable_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Boolean(), nullable=False),
        sa.Column("initiator", sa.String(42), nullable=False),
        sa.Column("approver", sa.String(42), nullable=True),
        *_origin(),
        sa.PrimaryKeyConstraint("transfer_id", name=op.f("pk_pending_transfers")),
        sa.ForeignKeyConstraint(["sender"], ["accounts.address"], name=op.f("fk_pending_transfers_sender_accounts")),
        sa.ForeignKeyConstraint(
            ["recipient"], ["accounts.address"], name=op.f("fk_pending_transfers_recipient_accounts")
        ),
    )
    op.create_index(op.f("ix_pending_transfers_sender"), "pending_transfers", ["sender"])
    op.create_index(op.f("ix_pending_transfers_recipient"), "pending_transfers", ["recipient"])
    op.create_table(
        "pending_transfer_lines",
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("transfer_id", "position", name=op.f("pk_pending_transfer_lines")),
        sa.CheckConstraint("grams > 0", name=op.f("ck_pending_transfer_lines_positive")),
        sa.ForeignKeyConstraint(
            ["transfer_id"],
            ["pending_transfers.transfer_id"],
            name=op.f("fk_pending_transfer_lines_transfer_id_pending_transfers"),
        ),
    )


def downgrade() -> None:
    """Removes the tables with all they hold."""
    for table in reversed(_TABLES):
        op.drop_table(table)


def _limits() -> list[sa.Column[Any]]:
    return [
        sa.Column("per_transfer_grams", sa.BigInteger(), nullable=False),
        sa.Column("per_day_grams", sa.BigInteger(), nullable=False),
        sa.Column("delay_seconds", sa.Integer(), nullable=False),
        sa.Column("trust_seconds", sa.Integer(), nullable=False),
    ]


def _origin() -> list[sa.Column[Any]]:
    """The event that made a derived row."""
    return [
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
    ]
