"""Desk: objections with rulings, experts' opinions.

Revision: 0007
After: 0006

The column types are the plain ones below those of registry.db.base: a migration must not change when the models do.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ASKING = ("desk_policies", "desk_requests")


def upgrade() -> None:
    """Makes the tables and adds how many opinions are asked for."""
    for table in _ASKING:
        with op.batch_alter_table(table) as changed:
            changed.add_column(sa.Column("experts", sa.Integer(), nullable=True))
        # Policies of contracts that knew no experts.
        op.execute(sa.table(table, sa.column("experts")).update().values(experts=0))
        with op.batch_alter_table(table) as changed:
            changed.alter_column("experts", existing_type=sa.Integer(), nullable=False)
    op.create_table(
        "desk_objections",
        _request("desk_objections"),
        sa.Column("objector", sa.String(42), nullable=False),
        sa.Column("by", sa.String(42), nullable=False),
        sa.Column("evidence_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("regulator", sa.String(42), nullable=True),
        sa.Column("reason_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("ruled_block_number", sa.BigInteger(), nullable=True),
        sa.Column("ruled_tx_hash", sa.LargeBinary(32), nullable=True),
        *_origin(),
        sa.PrimaryKeyConstraint("request_id", "objector", name=op.f("pk_desk_objections")),
    )
    op.create_table(
        "desk_opinions",
        _request("desk_opinions"),
        sa.Column("expert", sa.String(42), nullable=False),
        sa.Column("positive", sa.Boolean(), nullable=False),
        sa.Column("opinion_hash", sa.LargeBinary(32), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("request_id", "expert", name=op.f("pk_desk_opinions")),
    )


def downgrade() -> None:
    """Removes them."""
    op.drop_table("desk_opinions")
    op.drop_table("desk_objections")
    for table in reversed(_ASKING):
        with op.batch_alter_table(table) as changed:
            changed.drop_column("experts")


def _request(table: str) -> sa.Column[Any]:
    name = op.f(f"fk_{table}_request_id_desk_requests")
    return sa.Column(
        "request_id", sa.BigInteger(), sa.ForeignKey("desk_requests.request_id", name=name), nullable=False
    )


def _origin() -> list[sa.Column[Any]]:
    """The event that made a derived row."""
    return [
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
    ]
