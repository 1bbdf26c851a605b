"""Compliance: every parameter of a rule set, fulfilment, provisional offsets, pools.

Revision: 0010
After: 0009
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TABLES = (
    "fulfilment_changes",
    "provisional_offsets",
    "provisional_lines",
    "pools",
    "reservations",
    "pool_releases",
)
_ZERO = "0" * 20

# Columns that tables had not before, and what rows of contracts that knew them not are worth.
_COLUMNS: dict[str, tuple[tuple[str, Any, str], ...]] = {
    "rule_sets": (
        ("non_local_cap_bps", sa.Integer(), "cap_bps"),
        ("preferred_share_min_bps", sa.Integer(), "local_share_min_bps"),
        ("preference_areas", sa.Text(), "'[]'"),
        ("mechanisms", sa.Integer(), "255"),
        ("methodologies_listed", sa.Boolean(), "(1 = 0)"),
        ("methodologies", sa.Text(), "'[]'"),
        ("own_boundary_excluded", sa.Boolean(), "(1 = 1)"),
        ("pooled", sa.Boolean(), "(1 = 0)"),
        ("pool_grams", sa.String(20), f"'{_ZERO}'"),
        ("reservable_until_seconds", sa.BigInteger(), "0"),
        ("reversal_seconds", sa.BigInteger(), "0"),
    ),
    "obligations": (
        ("preferred_used_grams", sa.BigInteger(), "0"),
        ("provisional_grams", sa.BigInteger(), "0"),
        ("surrendered_grams", sa.String(20), f"'{_ZERO}'"),
        ("excluded", sa.Boolean(), "(1 = 0)"),
    ),
    "offsets": (
        ("counted_grams", sa.BigInteger(), "grams"),
        ("preferred", sa.Boolean(), "(1 = 0)"),
        ("terms_key", sa.LargeBinary(32), "''"),
    ),
}


def upgrade() -> None:
    """Adds columns and tables."""
    for table, columns in _COLUMNS.items():
        with op.batch_alter_table(table) as changed:
            for name, kind, _ in columns:
                changed.add_column(sa.Column(name, kind, nullable=True))
        op.execute(f"UPDATE {table} SET " + ", ".join(f"{name} = {value}" for name, _, value in columns))  # noqa: S608
        with op.batch_alter_table(table) as changed:
            for name, kind, _ in columns:
                changed.alter_column(name, existing_type=kind, nullable=False)
    _fulfilment()
    _provisional()
    _pools()


def downgrade() -> None:
    """Removes them."""
    for table in reversed(_TABLES):
        op.drop_table(table)
    for table, columns in _COLUMNS.items():
        with op.batch_alter_table(table) as changed:
            for name, _, _ in reversed(columns):
                changed.drop_column(name)


def _fulfilment() -> None:
    op.create_table(
        "fulfilment_changes",
        *_account_year("fulfilment_changes"),
        sa.Column("surrendered_grams", sa.String(20), nullable=False),
        sa.Column("excluded", sa.Boolean(), nullable=False),
        sa.Column("reason_hash", sa.LargeBinary(32), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_fulfilment_changes")),
    )
    op.create_index(op.f("ix_fulfilment_changes_account_year"), "fulfilment_changes", ["account", "year"])


def _provisional() -> None:
    op.create_table(
        "provisional_offsets",
        sa.Column("offset_id", sa.BigInteger(), nullable=False, autoincrement=False),
        *_account_year("provisional_offsets"),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("reversible_until_seconds", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(42), nullable=False),
        sa.Column("beneficiary", sa.LargeBinary(32), nullable=False),
        sa.Column("statement_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("counted_grams", sa.BigInteger(), nullable=False),
        sa.Column("reversed", sa.Boolean(), nullable=False),
        sa.Column("reason_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("first_retirement_id", sa.BigInteger(), nullable=True),
        *_origin(),
        sa.PrimaryKeyConstraint("offset_id", name=op.f("pk_provisional_offsets")),
    )
    op.create_index(op.f("ix_provisional_offsets_account_year"), "provisional_offsets", ["account", "year"])
    op.create_table(
        "provisional_lines",
        sa.Column("offset_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("counted_grams", sa.BigInteger(), nullable=False),
        sa.Column("local", sa.Boolean(), nullable=False),
        sa.Column("preferred", sa.Boolean(), nullable=False),
        sa.Column("terms_key", sa.LargeBinary(32), nullable=False),
        *_origin(),
        sa.CheckConstraint("grams > 0", name=op.f("ck_provisional_lines_positive")),
        sa.PrimaryKeyConstraint("offset_id", "position", name=op.f("pk_provisional_lines")),
        sa.ForeignKeyConstraint(
            ["offset_id"],
            ["provisional_offsets.offset_id"],
            name=op.f("fk_provisional_lines_offset_id_provisional_offsets"),
        ),
    )


def _pools() -> None:
    op.create_table(
        "pools",
        sa.Column("jurisdiction", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("demand_end", sa.String(29), nullable=False),
        sa.Column("credited_grams", sa.String(29), nullable=False),
        sa.Column("used_grams", sa.BigInteger(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("jurisdiction", "year", name=op.f("pk_pools")),
    )
    op.create_table(
        "reservations",
        *_account_year("reservations"),
        sa.Column("start", sa.String(29), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("account", "year", name=op.f("pk_reservations")),
    )
    op.create_table(
        "pool_releases",
        sa.Column("jurisdiction", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("start", sa.String(29), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("jurisdiction", "year", "start", name=op.f("pk_pool_releases")),
    )


def _account_year(table: str) -> list[Any]:
    return [
        sa.Column("account", sa.String(42), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["accounts.address"], name=op.f(f"fk_{table}_account_accounts")),
    ]


def _origin() -> list[sa.Column[Any]]:
    """The event that made a derived row."""
    return [
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
    ]
