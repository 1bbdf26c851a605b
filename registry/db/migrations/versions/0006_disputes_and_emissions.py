"""Proposed committees, suspended signers, disputes, verified emissions.

Revision: 0006
After: 0005

The column types are the plain ones below those of registry.db.base: a migration must not change when the models do.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLES = ("proposed_committees", "signer_suspensions", "disputes", "emission_figures")


def upgrade() -> None:
    """Adds the columns and tables. The index fills them when it is rebuilt."""
    # What was accepted before could not be disputed: status 1 is accepted.
    for table_name, column, default in (("committees", "activation_seconds", "0"), ("reports", "status", "1")):
        kind = sa.BigInteger() if table_name == "committees" else sa.Integer()
        with op.batch_alter_table(table_name) as table:
            table.add_column(sa.Column(column, kind, nullable=False, server_default=default))
        with op.batch_alter_table(table_name) as table:
            table.alter_column(column, server_default=None)
    _committees()
    _reports()


def downgrade() -> None:
    """Removes them with all they hold."""
    for name in reversed(_TABLES):
        op.drop_table(name)
    with op.batch_alter_table("reports") as table:
        table.drop_column("status")
    with op.batch_alter_table("committees") as table:
        table.drop_column("activation_seconds")


def _origin() -> list[sa.Column[Any]]:
    """The event that made a derived row."""
    return [
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
    ]


def _committees() -> None:
    op.create_table(
        "proposed_committees",
        sa.Column("jurisdiction", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("signers", sa.Text(), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("dispute_seconds", sa.BigInteger(), nullable=False),
        sa.Column("activation_seconds", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("jurisdiction", name=op.f("pk_proposed_committees")),
    )
    op.create_table(
        "signer_suspensions",
        sa.Column("jurisdiction", sa.Integer(), nullable=False),
        sa.Column("signer", sa.String(42), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("first_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("second_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("proved_by", sa.String(42), nullable=False),
        sa.Column("reinstatement_hash", sa.LargeBinary(32), nullable=True),
        *_origin(),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_signer_suspensions")),
    )
    with op.batch_alter_table("signer_suspensions") as table:
        table.create_index(op.f("ix_signer_suspensions_jurisdiction_signer"), ["jurisdiction", "signer"])


def _reports() -> None:
    op.create_table(
        "disputes",
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("disputed_by", sa.String(42), nullable=False),
        sa.Column("evidence_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("findings_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("arbiters", sa.Text(), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        *_origin(),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_disputes")),
    )
    with op.batch_alter_table("disputes") as table:
        table.create_index(op.f("ix_disputes_project_id_seq"), ["project_id", "seq"])
    op.create_table(
        "emission_figures",
        sa.Column("account", sa.String(42), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("evidence_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("valid_until_seconds", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("signers", sa.Text(), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("account", "year", "revision", name=op.f("pk_emission_figures")),
        sa.UniqueConstraint("digest", name=op.f("uq_emission_figures_digest")),
        sa.ForeignKeyConstraint(["account"], ["accounts.address"], name=op.f("fk_emission_figures_account_accounts")),
    )
