"""The database schema, step by step (Alembic). `migrate` brings a database to the newest step."""
