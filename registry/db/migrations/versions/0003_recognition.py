"""Recognition between jurisdictions.

Revision: 0003
After: 0002

The column types are the plain ones below those of registry.db.base: a migration must not change when the models do.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLES = ("recognised_methodologies", "recognition_terms", "project_terms")


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "recognised_methodologies",
        sa.Column("jurisdiction", sa.Integer(), nullable=False),
        sa.Column("definition_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("document_hash", sa.LargeBinary(32), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("jurisdiction", "definition_hash", name=op.f("pk_recognised_methodologies")),
    )
    op.create_table(
        "recognition_terms",
        sa.Column("jurisdiction", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.Integer(), nullable=False),
        sa.Column("definition_hash", sa.LargeBinary(32), nullable=False),
        *_terms(),
        *_origin(),
        sa.PrimaryKeyConstraint("jurisdiction", "issuer", "definition_hash", name=op.f("pk_recognition_terms")),
    )
    op.create_table(
        "project_terms",
        sa.Column("jurisdiction", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        *_terms(),
        sa.Column("excluded", sa.Boolean(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("jurisdiction", "project_id", name=op.f("pk_project_terms")),
    )


def downgrade() -> None:
    """Removes the tables with all they hold."""
    for table in reversed(_TABLES):
        op.drop_table(table)


def _terms() -> list[sa.Column[Any]]:
    return [
        sa.Column("discount_bps", sa.Integer(), nullable=False),
        sa.Column("yearly_cap_grams", sa.String(20), nullable=False),
        sa.Column("valid_from_seconds", sa.BigInteger(), nullable=False),
        sa.Column("valid_until_seconds", sa.BigInteger(), nullable=False),
    ]


def _origin() -> list[sa.Column[Any]]:
    """The event that made a derived row."""
    return [
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
    ]
