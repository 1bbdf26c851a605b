"""The database: models by subject, sessions, migrations. See README.md."""
