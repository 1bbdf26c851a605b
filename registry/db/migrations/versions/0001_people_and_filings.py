"""Chain, people, accounts, filings, documents, outbox.

Revision: 0001
After: nothing

The column types are the plain ones below those of registry.db.base: a migration must not change when the models do.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables."""
    _chain()
    _people()
    _accounts()
    _filings()
    _documents()
    _outbox()


def downgrade() -> None:
    """Removes the tables with all they hold, referring ones first."""
    for table in reversed(_TABLES):
        op.drop_table(table)


_TABLES = (
    "blocks",
    "chain_logs",
    "checkpoint",
    "contracts",
    "network",
    "desk_policies",
    "desk_requests",
    "jurisdictions",
    "role_members",
    "accounts",
    "account_status_changes",
    "agents",
    "methodologies",
    "methodology_status_changes",
    "projects",
    "project_status_changes",
    "account_names",
    "documents",
    "methodology_definitions",
    "project_names",
    "outbox_senders",
    "outbox_transactions",
)


def _origin() -> list[sa.Column[Any]]:
    """The event that made a derived row."""
    return [
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
    ]


def _chain() -> None:
    op.create_table(
        "blocks",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(32), nullable=False),
        sa.Column("parent_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("block_time", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_blocks")),
        sa.UniqueConstraint("hash", name=op.f("uq_blocks_hash")),
    )
    op.create_table(
        "chain_logs",
        sa.Column("block_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("log_index", sa.Integer(), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("address", sa.String(42), nullable=False),
        sa.Column("topics", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("block_hash", "log_index", name=op.f("pk_chain_logs")),
    )
    op.create_index(op.f("ix_chain_logs_block_number_log_index"), "chain_logs", ["block_number", "log_index"])
    op.create_index(op.f("ix_chain_logs_tx_hash"), "chain_logs", ["tx_hash"])
    op.create_table(
        "checkpoint",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkpoint")),
        sa.CheckConstraint("id = 1", name=op.f("ck_checkpoint_one_row")),
    )
    op.create_table(
        "contracts",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("address", sa.String(42), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_contracts")),
        sa.UniqueConstraint("address", name=op.f("uq_contracts_address")),
    )
    op.create_table(
        "network",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("chain_id", sa.BigInteger(), nullable=False),
        sa.Column("first_block", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network")),
        sa.CheckConstraint("id = 1", name=op.f("ck_network_one_row")),
    )


def _people() -> None:
    op.create_table(
        "desk_policies",
        sa.Column("jurisdiction", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(42), nullable=False),
        sa.Column("selector", sa.LargeBinary(4), nullable=False),
        sa.Column("maker_role", sa.Integer(), nullable=False),
        sa.Column("checker_role", sa.Integer(), nullable=False),
        sa.Column("notice_seconds", sa.BigInteger(), nullable=False),
        sa.Column("expiry_seconds", sa.BigInteger(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("jurisdiction", "target", "selector", name=op.f("pk_desk_policies")),
    )
    op.create_table(
        "desk_requests",
        sa.Column("request_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("jurisdiction", sa.Integer(), nullable=False),
        sa.Column("maker", sa.String(42), nullable=False),
        sa.Column("target", sa.String(42), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("decoded", sa.Boolean(), nullable=False),
        sa.Column("contract", sa.String(40), nullable=True),
        sa.Column("function", sa.String(80), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("approvable_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("checker", sa.String(42), nullable=True),
        sa.Column("reason_hash", sa.LargeBinary(32), nullable=True),
        sa.Column("decided_block_number", sa.BigInteger(), nullable=True),
        sa.Column("decided_tx_hash", sa.LargeBinary(32), nullable=True),
        *_origin(),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_desk_requests")),
    )
    op.create_index(op.f("ix_desk_requests_jurisdiction_status"), "desk_requests", ["jurisdiction", "status"])
    op.create_table(
        "jurisdictions",
        sa.Column("code", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name_hash", sa.LargeBinary(32), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_jurisdictions")),
    )
    op.create_table(
        "role_members",
        sa.Column("jurisdiction", sa.Integer(), nullable=False),
        sa.Column("role", sa.Integer(), nullable=False),
        sa.Column("member", sa.String(42), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("jurisdiction", "role", "member", name=op.f("pk_role_members")),
    )
    op.create_index(op.f("ix_role_members_member"), "role_members", ["member"])


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("address", sa.String(42), nullable=False),
        sa.Column("jurisdiction", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("kind", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("identity_commitment", sa.LargeBinary(32), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_accounts")),
        sa.UniqueConstraint("jurisdiction", "number", name=op.f("uq_accounts_jurisdiction_number")),
    )
    op.create_table(
        "account_status_changes",
        sa.Column("account", sa.String(42), nullable=False),
        sa.Column("previous_status", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("reason_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("by", sa.String(42), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_account_status_changes")),
        sa.ForeignKeyConstraint(
            ["account"], ["accounts.address"], name=op.f("fk_account_status_changes_account_accounts")
        ),
    )
    op.create_index(op.f("ix_account_status_changes_account"), "account_status_changes", ["account"])
    op.create_table(
        "agents",
        sa.Column("account", sa.String(42), nullable=False),
        sa.Column("agent", sa.String(42), nullable=False),
        sa.Column("rights", sa.Integer(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("account", "agent", name=op.f("pk_agents")),
        sa.ForeignKeyConstraint(
            ["account"],
            ["accounts.address"],
            name=op.f("fk_agents_account_accounts"),
            deferrable=True,
            initially="DEFERRED",
        ),
    )
    op.create_index(op.f("ix_agents_agent"), "agents", ["agent"])


def _filings() -> None:
    op.create_table(
        "methodologies",
        sa.Column("definition_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("jurisdiction", sa.Integer(), nullable=False),
        sa.Column("methodology_id", sa.String(66), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("definition_hash", name=op.f("pk_methodologies")),
        sa.UniqueConstraint("methodology_id", "version", name=op.f("uq_methodologies_methodology_id_version")),
    )
    op.create_table(
        "methodology_status_changes",
        sa.Column("definition_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("previous_status", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("reason_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("by", sa.String(42), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_methodology_status_changes")),
        sa.ForeignKeyConstraint(
            ["definition_hash"],
            ["methodologies.definition_hash"],
            name=op.f("fk_methodology_status_changes_definition_hash_methodologies"),
        ),
    )
    op.create_index(
        op.f("ix_methodology_status_changes_definition_hash"), "methodology_status_changes", ["definition_hash"]
    )
    op.create_table(
        "projects",
        sa.Column("project_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("jurisdiction", sa.Integer(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("definition_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("developer", sa.String(42), nullable=False),
        sa.Column("boundary_account", sa.String(42), nullable=True),
        sa.Column("crediting_start_day", sa.BigInteger(), nullable=False),
        sa.Column("crediting_end_day", sa.BigInteger(), nullable=False),
        sa.Column("scenario", sa.Integer(), nullable=False),
        sa.Column("ceiling_grams", sa.String(20), nullable=False),
        sa.Column("co_benefit_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_projects")),
        sa.ForeignKeyConstraint(
            ["boundary_account"], ["accounts.address"], name=op.f("fk_projects_boundary_account_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["definition_hash"],
            ["methodologies.definition_hash"],
            name=op.f("fk_projects_definition_hash_methodologies"),
        ),
        sa.ForeignKeyConstraint(["developer"], ["accounts.address"], name=op.f("fk_projects_developer_accounts")),
        sa.UniqueConstraint("jurisdiction", "number", name=op.f("uq_projects_jurisdiction_number")),
    )
    op.create_index(op.f("ix_projects_definition_hash"), "projects", ["definition_hash"])
    op.create_index(op.f("ix_projects_developer"), "projects", ["developer"])
    op.create_table(
        "project_status_changes",
        sa.Column("project_id", sa.BigInteger(), nullable=False),
        sa.Column("previous_status", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("reason_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("by", sa.String(42), nullable=False),
        *_origin(),
        sa.PrimaryKeyConstraint("block_number", "log_index", name=op.f("pk_project_status_changes")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["projects.project_id"], name=op.f("fk_project_status_changes_project_id_projects")
        ),
    )
    op.create_index(op.f("ix_project_status_changes_project_id"), "project_status_changes", ["project_id"])


def _documents() -> None:
    op.create_table(
        "account_names",
        sa.Column("account", sa.String(42), nullable=False),
        sa.Column("name_zh", sa.String(200), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_account_names")),
    )
    op.create_table(
        "documents",
        sa.Column("sha256", sa.LargeBinary(32), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_documents")),
    )
    op.create_index(op.f("ix_documents_kind"), "documents", ["kind"])
    op.create_table(
        "methodology_definitions",
        sa.Column("definition_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("definition_hash", name=op.f("pk_methodology_definitions")),
    )
    op.create_table(
        "project_names",
        sa.Column("project_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name_zh", sa.String(200), nullable=False),
        sa.Column("name_en", sa.String(200), nullable=True),
        sa.Column("illustration", sa.Text(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("project_id", name=op.f("pk_project_names")),
    )


def _outbox() -> None:
    op.create_table(
        "outbox_senders",
        sa.Column("address", sa.String(42), nullable=False),
        sa.Column("next_nonce", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_outbox_senders")),
        sa.CheckConstraint("next_nonce >= 0", name=op.f("ck_outbox_senders_not_negative")),
    )
    op.create_table(
        "outbox_transactions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("sender", sa.String(42), nullable=False),
        sa.Column("recipient", sa.String(42), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("tx_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=True),
        sa.Column("gas_used", sa.BigInteger(), nullable=True),
        sa.Column("error_contract", sa.String(40), nullable=True),
        sa.Column("error_name", sa.String(80), nullable=True),
        sa.Column("error_values", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_transactions")),
        sa.CheckConstraint(
            "state IN ('queued', 'submitted', 'mined', 'reverted', 'displaced')",
            name=op.f("ck_outbox_transactions_known_state"),
        ),
        sa.ForeignKeyConstraint(
            ["sender"], ["outbox_senders.address"], name=op.f("fk_outbox_transactions_sender_outbox_senders")
        ),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_transactions_key")),
        sa.UniqueConstraint("sender", "nonce", name=op.f("uq_outbox_transactions_sender_nonce")),
        sa.UniqueConstraint("tx_hash", name=op.f("uq_outbox_transactions_tx_hash")),
    )
    op.create_index(op.f("ix_outbox_transactions_state"), "outbox_transactions", ["state"])
