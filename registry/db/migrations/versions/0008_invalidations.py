"""Invalidations: what was found wrong, whose grams were recalled, how it was made good, and holds of batches.

Revision: 0008
After: 0007

The column types are the plain ones below those of registry.db.base: a migration must not change when the models do.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_TABLES = ("invalidations", "recalls", "discharges", "batch_holds")
_PARTS = (
    "developer_cancelled_grams",
    "developer_recalled_grams",
    "buffers_cancelled_grams",
    "holders_recalled_grams",
    "used_grams",
)


def upgrade() -> None:
    """Makes the tables."""
    _invalidations()
    op.create_table(
        "recalls",
        sa.Column("invalidation_id", sa.BigInteger(), nullable=False),
        sa.Column("holder", sa.String(42), nullable=False),
        sa.Column("base_grams", sa.BigInteger(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("open_grams", sa.BigInteger(), nullable=False),
        *_origin(),
        sa.CheckConstraint("open_grams >= 0 AND open_grams <= grams", name=op.f("ck_recalls_open_within_grams")),
        _of_invalidation("recalls"),
        _of_account("recalls", "holder"),
        sa.PrimaryKeyConstraint("invalidation_id", "holder", name=op.f("pk_recalls")),
    )
    op.create_index(op.f("ix_recalls_holder"), "recalls", ["holder"])
    op.create_table(
        "discharges",
        sa.Column("invalidation_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(42), nullable=True),
        sa.Column("payer", sa.String(42), nullable=True),
        sa.Column("replacement_project_id", sa.BigInteger(), nullable=True),
        sa.Column("replacement_seq", sa.BigInteger(), nullable=True),
        sa.Column("retirement_id", sa.BigInteger(), nullable=True),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("reason_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("by", sa.String(42), nullable=True),
        *_origin(),
        _of_invalidation("discharges"),
        _of_account("discharges", "holder"),
        _of_account("discharges", "payer"),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_discharges")),
    )
    op.create_index(op.f("ix_discharges_invalidation_id"), "discharges", ["invalidation_id"])
    op.create_table(
        "batch_holds",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("held_until_seconds", sa.BigInteger(), nullable=False),
        sa.Column("next_hold_at_seconds", sa.BigInteger(), nullable=False),
        sa.Column("reason_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("by", sa.String(42), nullable=False),
        *_origin(),
        _of_batch("batch_holds"),
        sa.PrimaryKeyConstraint("project_id", "seq", name=op.f("pk_batch_holds")),
    )


def downgrade() -> None:
    """Removes the tables with all they hold."""
    for table in reversed(_TABLES):
        op.drop_table(table)


def _invalidations() -> None:
    op.create_table(
        "invalidations",
        sa.Column("invalidation_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("developer", sa.String(42), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _PARTS),
        sa.Column("base_grams", sa.BigInteger(), nullable=False),
        sa.Column("covered_grams", sa.BigInteger(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("open_recalled_grams", sa.BigInteger(), nullable=False),
        sa.Column("open_used_grams", sa.BigInteger(), nullable=False),
        sa.Column("reason_hash", sa.LargeBinary(32), nullable=False),
        *_origin(),
        sa.CheckConstraint(f"{' + '.join(_PARTS)} = grams", name=op.f("ck_invalidations_parts_add_up")),
        sa.CheckConstraint("covered_grams <= base_grams", name=op.f("ck_invalidations_covered_within_base")),
        sa.CheckConstraint(
            "open_recalled_grams >= 0 AND open_used_grams >= 0", name=op.f("ck_invalidations_open_not_negative")
        ),
        _of_batch("invalidations"),
        _of_account("invalidations", "developer"),
        sa.PrimaryKeyConstraint("invalidation_id", name=op.f("pk_invalidations")),
    )
    op.create_index(op.f("ix_invalidations_project_id_seq"), "invalidations", ["project_id", "seq"])
    op.create_index(op.f("ix_invalidations_developer"), "invalidations", ["developer"])


def _of_batch(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["project_id", "seq"], ["batches.project_id", "batches.seq"], name=op.f(f"fk_{table}_project_id_seq_batches")
    )


def _of_account(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["accounts.address"], name=op.f(f"fk_{table}_{column}_accounts"))


def _of_invalidation(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["invalidation_id"],
        ["invalidations.invalidation_id"],
        name=op.f(f"fk_{table}_invalidation_id_invalidations"),
    )


def _origin() -> list[sa.Column[Any]]:
    return [
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
    ]
