"""How Alembic runs here: on the connection that is handed in, inside its transaction, in batch mode for SQLite."""

from alembic import context

import registry.db.models  # noqa: F401  (fills the metadata)
from registry.db.base import Base


def run() -> None:
    """Runs the migrations that were asked for. There is no offline mode."""
    connection = context.config.attributes.get("connection")
    if connection is None:
        raise RuntimeError(
            "Migrations run through registry.db.session.Database.upgrade, which hands its connection in."
        )
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
        # SQLite can roll back DDL; the whole upgrade is one transaction of the caller.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
