"""Locked, frozen and recalled grams, held batches, pledges, orders against holders.

Revision: 0011
After: 0010

The column types are the plain ones below those of registry.db.base: a migration must not change when the models do.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TABLES = ("pledges", "pledge_settlements", "holder_orders")
_HELD_BACK = ("locked_grams", "frozen_grams", "recalled_grams")
_NOT_NEGATIVE = "locked_grams >= 0 AND frozen_grams >= 0 AND recalled_grams >= 0"


def upgrade() -> None:
    """Adds the columns and tables. The index fills them when it is rebuilt."""
    with op.batch_alter_table("batches") as table:
        table.add_column(sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("batches") as table:
        table.alter_column("held", server_default=None)
    with op.batch_alter_table("holdings") as table:
        for name in _HELD_BACK:
            table.add_column(sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    with op.batch_alter_table("holdings") as table:
        for name in _HELD_BACK:
            table.alter_column(name, server_default=None)
        table.create_check_constraint(op.f("ck_holdings_held_back_not_negative"), _NOT_NEGATIVE)
    _pledges()
    _orders()


def downgrade() -> None:
    """Removes them with all they hold."""
    for name in reversed(_TABLES):
        op.drop_table(name)
    with op.batch_alter_table("holdings") as table:
        table.drop_constraint(op.f("ck_holdings_held_back_not_negative"), type_="check")
        for name in _HELD_BACK:
            table.drop_column(name)
    with op.batch_alter_table("batches") as table:
        table.drop_column("held")


def _pledges() -> None:
    op.create_table(
        "pledges",
        sa.Column("pledge_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.String(42), nullable=False),
        sa.Column("pledgee", sa.String(42), nullable=False),
        *_batch(),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("left_grams", sa.BigInteger(), nullable=False),
        sa.Column("reference_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("by", sa.String(42), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("pledge_id", name=op.f("pk_pledges")),
        sa.ForeignKeyConstraint(["account"], ["accounts.address"], name=op.f("fk_pledges_account_accounts")),
        sa.ForeignKeyConstraint(["pledgee"], ["accounts.address"], name=op.f("fk_pledges_pledgee_accounts")),
        _of_batch("pledges"),
        sa.CheckConstraint("left_grams >= 0 AND left_grams <= grams", name=op.f("ck_pledges_left_within_pledged")),
    )
    op.create_index(op.f("ix_pledges_account"), "pledges", ["account"])
    op.create_index(op.f("ix_pledges_pledgee"), "pledges", ["pledgee"])
    op.create_table(
        "pledge_settlements",
        sa.Column("pledge_id", sa.BigInteger(), nullable=False),
        sa.Column("seized", sa.Boolean(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("left_grams", sa.BigInteger(), nullable=False),
        sa.Column("reason_hash", sa.LargeBinary(32), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_pledge_settlements")),
        sa.ForeignKeyConstraint(
            ["pledge_id"], ["pledges.pledge_id"], name=op.f("fk_pledge_settlements_pledge_id_pledges")
        ),
    )
    op.create_index(op.f("ix_pledge_settlements_pledge_id"), "pledge_settlements", ["pledge_id"])


def _orders() -> None:
    op.create_table(
        "holder_orders",
        sa.Column("account", sa.String(42), nullable=False),
        sa.Column("recipient", sa.String(42), nullable=True),
        *_batch(),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("previous_grams", sa.BigInteger(), nullable=False),
        sa.Column("reason_hash", sa.LargeBinary(32), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_holder_orders")),
        sa.ForeignKeyConstraint(["account"], ["accounts.address"], name=op.f("fk_holder_orders_account_accounts")),
        sa.ForeignKeyConstraint(["recipient"], ["accounts.address"], name=op.f("fk_holder_orders_recipient_accounts")),
        _of_batch("holder_orders"),
    )
    op.create_index(op.f("ix_holder_orders_account"), "holder_orders", ["account"])


def _batch() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
    )


def _of_batch(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["project_id", "seq"],
        ["batches.project_id", "batches.seq"],
        name=op.f(f"fk_{table}_project_id_seq_batches"),
    )


def _origin() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
    )
