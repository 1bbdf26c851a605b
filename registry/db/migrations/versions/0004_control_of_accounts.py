"""Control of accounts: emergency freezes that end, flags, consents.

Revision: 0004
After: 0003

The column types are the plain ones below those of registry.db.base: a migration must not change when the models do.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the columns and tables. The index fills them when it is rebuilt."""
    with op.batch_alter_table("accounts") as table:
        table.add_column(sa.Column("frozen_until", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("flags", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("accounts") as table:
        table.alter_column("flags", server_default=None)
    with op.batch_alter_table("account_status_changes") as table:
        table.add_column(sa.Column("frozen_until", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "consents",
        sa.Column("account", sa.String(42), nullable=False),
        sa.Column("call_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("agent", sa.String(42), nullable=False),
        sa.Column("target", sa.String(42), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", "call_hash", name=op.f("pk_consents")),
        sa.ForeignKeyConstraint(["account"], ["accounts.address"], name=op.f("fk_consents_account_accounts")),
    )


def downgrade() -> None:
    """Removes them with all they hold."""
    op.drop_table("consents")
    with op.batch_alter_table("account_status_changes") as table:
        table.drop_column("frozen_until")
    with op.batch_alter_table("accounts") as table:
        table.drop_column("flags")
        table.drop_column("frozen_until")
