"""Reports, ledger, compliance, acts.

Revision: 0002
After: 0001

The column types are the plain ones below those of registry.db.base: a migration must not change when the models do.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables."""
    _reports()
    _ledger()
    _compliance()
    _acts()


def downgrade() -> None:
    """Removes the tables with all they hold, referring ones first."""
    for table in reversed(_TABLES):
        op.drop_table(table)


_TABLES = (
    "committees",
    "committee_signers",
    "reports",
    "report_signers",
    "batches",
    "allocations",
    "cancellations",
    "holdings",
    "retirements",
    "transfers",
    "rule_sets",
    "obligation_changes",
    "obligations",
    "offsets",
    "act_index",
    "published_reports",
    "quarantined_acts",
)


def _origin() -> list[sa.Column[Any]]:
    """The event that made a derived row."""
    return [
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
    ]


def _reports() -> None:
    op.create_table(
        "committees",
        sa.Column("jurisdiction", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("dispute_seconds", sa.BigInteger(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("jurisdiction", "epoch", name=op.f("pk_committees")),
    )
    op.create_table(
        "committee_signers",
        sa.Column("jurisdiction", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("signer", sa.String(42), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("jurisdiction", "epoch", "signer", name=op.f("pk_committee_signers")),
        sa.ForeignKeyConstraint(
            ["jurisdiction", "epoch"],
            ["committees.jurisdiction", "committees.epoch"],
            name=op.f("fk_committee_signers_jurisdiction_epoch_committees"),
        ),
    )
    op.create_table(
        "reports",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("period_start_day", sa.BigInteger(), nullable=False),
        sa.Column("period_end_day", sa.BigInteger(), nullable=False),
        sa.Column("methodology_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("evidence_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("log_root", sa.LargeBinary(32), nullable=False),
        sa.Column("log_size", sa.BigInteger(), nullable=False),
        sa.Column("serial_end", sa.BigInteger(), nullable=False),
        sa.Column("prev_digest", sa.LargeBinary(32), nullable=False),
        sa.Column("valid_until_seconds", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("serial_start", sa.BigInteger(), nullable=False),
        sa.Column("vintage", sa.Integer(), nullable=False),
        sa.Column("final_at", sa.DateTime(timezone=True), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("project_id", "seq", name=op.f("pk_reports")),
        sa.ForeignKeyConstraint(
            ["methodology_hash"],
            ["methodologies.definition_hash"],
            name=op.f("fk_reports_methodology_hash_methodologies"),
        ),
        sa.ForeignKeyConstraint(["project_id"], ["projects.project_id"], name=op.f("fk_reports_project_id_projects")),
        sa.UniqueConstraint("digest", name=op.f("uq_reports_digest")),
    )
    op.create_index(op.f("ix_reports_evidence_hash"), "reports", ["evidence_hash"])
    op.create_table(
        "report_signers",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("signer", sa.String(42), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("project_id", "seq", "signer", name=op.f("pk_report_signers")),
        sa.ForeignKeyConstraint(
            ["project_id", "seq"],
            ["reports.project_id", "reports.seq"],
            name=op.f("fk_report_signers_project_id_seq_reports"),
        ),
    )
    op.create_index(op.f("ix_report_signers_signer"), "report_signers", ["signer"])


def _ledger() -> None:
    op.create_table(
        "batches",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("batch_id", sa.String(78), nullable=False),
        sa.Column("vintage", sa.Integer(), nullable=False),
        sa.Column("serial_start", sa.BigInteger(), nullable=False),
        sa.Column("serial_end", sa.BigInteger(), nullable=False),
        sa.Column("issued_grams", sa.BigInteger(), nullable=False),
        sa.Column("retired_grams", sa.BigInteger(), nullable=False),
        sa.Column("cancelled_grams", sa.BigInteger(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("project_id", "seq", name=op.f("pk_batches")),
        sa.CheckConstraint(
            "retired_grams + cancelled_grams <= issued_grams", name=op.f("ck_batches_used_within_issued")
        ),
        sa.CheckConstraint("serial_end - serial_start = issued_grams", name=op.f("ck_batches_serials_are_grams")),
        sa.ForeignKeyConstraint(
            ["project_id", "seq"], ["reports.project_id", "reports.seq"], name=op.f("fk_batches_project_id_seq_reports")
        ),
        sa.UniqueConstraint("batch_id", name=op.f("uq_batches_batch_id")),
    )
    op.create_table(
        "allocations",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(42), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("project_id", "seq", "position", name=op.f("pk_allocations")),
        sa.ForeignKeyConstraint(["account"], ["accounts.address"], name=op.f("fk_allocations_account_accounts")),
        sa.ForeignKeyConstraint(
            ["project_id", "seq"],
            ["batches.project_id", "batches.seq"],
            name=op.f("fk_allocations_project_id_seq_batches"),
            deferrable=True,
            initially="DEFERRED",
        ),
    )
    op.create_index(op.f("ix_allocations_account"), "allocations", ["account"])
    op.create_table(
        "cancellations",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(42), nullable=False),
        sa.Column("serial_start", sa.BigInteger(), nullable=False),
        sa.Column("serial_end", sa.BigInteger(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("reason_hash", sa.LargeBinary(32), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_cancellations")),
        sa.CheckConstraint("serial_end - serial_start = grams", name=op.f("ck_cancellations_serials_are_grams")),
        sa.ForeignKeyConstraint(["account"], ["accounts.address"], name=op.f("fk_cancellations_account_accounts")),
        sa.ForeignKeyConstraint(
            ["project_id", "seq"],
            ["batches.project_id", "batches.seq"],
            name=op.f("fk_cancellations_project_id_seq_batches"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.UniqueConstraint("project_id", "serial_start", name=op.f("uq_cancellations_project_id_serial_start")),
    )
    op.create_index(op.f("ix_cancellations_account"), "cancellations", ["account"])
    op.create_table(
        "holdings",
        sa.Column("account", sa.String(42), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("account", "project_id", "seq", name=op.f("pk_holdings")),
        sa.CheckConstraint("grams >= 0", name=op.f("ck_holdings_not_negative")),
        sa.ForeignKeyConstraint(["account"], ["accounts.address"], name=op.f("fk_holdings_account_accounts")),
        sa.ForeignKeyConstraint(
            ["project_id", "seq"],
            ["batches.project_id", "batches.seq"],
            name=op.f("fk_holdings_project_id_seq_batches"),
            deferrable=True,
            initially="DEFERRED",
        ),
    )
    op.create_index(op.f("ix_holdings_project_id_seq"), "holdings", ["project_id", "seq"])
    op.create_table(
        "retirements",
        sa.Column("retirement_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("account", sa.String(42), nullable=False),
        sa.Column("serial_start", sa.BigInteger(), nullable=False),
        sa.Column("serial_end", sa.BigInteger(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Integer(), nullable=False),
        sa.Column("beneficiary", sa.LargeBinary(32), nullable=False),
        sa.Column("statement_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("by", sa.String(42), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("retirement_id", name=op.f("pk_retirements")),
        sa.CheckConstraint("serial_end - serial_start = grams", name=op.f("ck_retirements_serials_are_grams")),
        sa.ForeignKeyConstraint(["account"], ["accounts.address"], name=op.f("fk_retirements_account_accounts")),
        sa.ForeignKeyConstraint(
            ["project_id", "seq"],
            ["batches.project_id", "batches.seq"],
            name=op.f("fk_retirements_project_id_seq_batches"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.UniqueConstraint("project_id", "serial_start", name=op.f("uq_retirements_project_id_serial_start")),
    )
    op.create_index(op.f("ix_retirements_account"), "retirements", ["account"])
    op.create_index(op.f("ix_retirements_project_id_seq"), "retirements", ["project_id", "seq"])
    op.create_index(op.f("ix_retirements_tx_hash"), "retirements", ["tx_hash"])
    op.create_table(
        "transfers",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("sender", sa.String(42), nullable=False),
        sa.Column("recipient", sa.String(42), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(42), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("block_number", "log_index", "position", name=op.f("pk_transfers")),
        sa.ForeignKeyConstraint(
            ["project_id", "seq"],
            ["batches.project_id", "batches.seq"],
            name=op.f("fk_transfers_project_id_seq_batches"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.ForeignKeyConstraint(["recipient"], ["accounts.address"], name=op.f("fk_transfers_recipient_accounts")),
        sa.ForeignKeyConstraint(["sender"], ["accounts.address"], name=op.f("fk_transfers_sender_accounts")),
    )
    op.create_index(op.f("ix_transfers_project_id_seq"), "transfers", ["project_id", "seq"])
    op.create_index(op.f("ix_transfers_recipient"), "transfers", ["recipient"])
    op.create_index(op.f("ix_transfers_sender"), "transfers", ["sender"])
    op.create_index(op.f("ix_transfers_tx_hash"), "transfers", ["tx_hash"])


def _compliance() -> None:
    op.create_table(
        "rule_sets",
        sa.Column("jurisdiction", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cap_base", sa.Integer(), nullable=False),
        sa.Column("cap_bps", sa.Integer(), nullable=False),
        sa.Column("local_share_min_bps", sa.Integer(), nullable=False),
        sa.Column("first_vintage", sa.Integer(), nullable=False),
        sa.Column("last_vintage", sa.Integer(), nullable=False),
        sa.Column("granularity_grams", sa.String(20), nullable=False),
        sa.Column("opens_at_seconds", sa.BigInteger(), nullable=False),
        sa.Column("deadline_seconds", sa.BigInteger(), nullable=False),
        sa.Column("document_hash", sa.LargeBinary(32), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("jurisdiction", "year", "version", name=op.f("pk_rule_sets")),
    )
    op.create_table(
        "obligation_changes",
        sa.Column("account", sa.String(42), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("initial_allocation_grams", sa.String(20), nullable=False),
        sa.Column("issued_allowances_grams", sa.String(20), nullable=False),
        sa.Column("verified_emissions_grams", sa.String(20), nullable=False),
        sa.Column("amount_due_grams", sa.String(20), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_obligation_changes")),
        sa.ForeignKeyConstraint(["account"], ["accounts.address"], name=op.f("fk_obligation_changes_account_accounts")),
    )
    op.create_index(op.f("ix_obligation_changes_account_year"), "obligation_changes", ["account", "year"])
    op.create_table(
        "obligations",
        sa.Column("account", sa.String(42), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("initial_allocation_grams", sa.String(20), nullable=False),
        sa.Column("issued_allowances_grams", sa.String(20), nullable=False),
        sa.Column("verified_emissions_grams", sa.String(20), nullable=False),
        sa.Column("amount_due_grams", sa.String(20), nullable=False),
        sa.Column("local_used_grams", sa.BigInteger(), nullable=False),
        sa.Column("other_used_grams", sa.BigInteger(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("account", "year", name=op.f("pk_obligations")),
        sa.ForeignKeyConstraint(["account"], ["accounts.address"], name=op.f("fk_obligations_account_accounts")),
    )
    op.create_table(
        "offsets",
        sa.Column("retirement_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account", sa.String(42), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("grams", sa.BigInteger(), nullable=False),
        sa.Column("local", sa.Boolean(), nullable=False),
        sa.Column("rule_version", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(42), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("retirement_id", name=op.f("pk_offsets")),
        sa.CheckConstraint("grams > 0", name=op.f("ck_offsets_positive")),
        sa.ForeignKeyConstraint(["account"], ["accounts.address"], name=op.f("fk_offsets_account_accounts")),
        sa.ForeignKeyConstraint(
            ["retirement_id"],
            ["retirements.retirement_id"],
            name=op.f("fk_offsets_retirement_id_retirements"),
            deferrable=True,
            initially="DEFERRED",
        ),
    )
    op.create_index(op.f("ix_offsets_account_year"), "offsets", ["account", "year"])
    op.create_index(op.f("ix_offsets_project_id_seq"), "offsets", ["project_id", "seq"])


def _acts() -> None:
    op.create_table(
        "act_index",
        sa.Column("act_id", sa.LargeBinary(32), nullable=False),
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("leaf_index", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_act_index")),
        sa.UniqueConstraint("project_id", "leaf_index", name=op.f("uq_act_index_project_id_leaf_index")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "published_reports",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(32), nullable=False),
        sa.Column("log_size", sa.BigInteger(), nullable=False),
        sa.Column("log_root", sa.LargeBinary(32), nullable=False),
        sa.Column("acts", sa.BigInteger(), nullable=False),
        sa.Column("quarantined", sa.BigInteger(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "seq", name=op.f("pk_published_reports")),
    )
    op.create_table(
        "quarantined_acts",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("act_id", sa.LargeBinary(32), nullable=False),
        sa.Column("reason", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("project_id", "seq", "position", name=op.f("pk_quarantined_acts")),
    )
    op.create_index(op.f("ix_quarantined_acts_act_id"), "quarantined_acts", ["act_id"])
