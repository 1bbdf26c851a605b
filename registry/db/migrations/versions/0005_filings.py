"""Filings: area and mechanism of projects, emergency suspensions that end by themselves.

Revision: 0005
After: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SUSPENDABLE = ("methodologies", "methodology_status_changes", "projects", "project_status_changes")


def upgrade() -> None:
    """Adds the columns."""
    for table in _SUSPENDABLE:
        with op.batch_alter_table(table) as changed:
            changed.add_column(sa.Column("suspended_until", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("projects") as changed:
        changed.add_column(sa.Column("area", sa.Integer(), nullable=True))
        changed.add_column(sa.Column("mechanism", sa.Integer(), nullable=True))
    # Projects of contracts that knew neither.
    op.execute("UPDATE projects SET area = jurisdiction, mechanism = 1")
    with op.batch_alter_table("projects") as changed:
        changed.alter_column("area", existing_type=sa.Integer(), nullable=False)
        changed.alter_column("mechanism", existing_type=sa.Integer(), nullable=False)


def downgrade() -> None:
    """Removes them."""
    with op.batch_alter_table("projects") as changed:
        changed.drop_column("mechanism")
        changed.drop_column("area")
    for table in reversed(_SUSPENDABLE):
        with op.batch_alter_table(table) as changed:
            changed.drop_column("suspended_until")
