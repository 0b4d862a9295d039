"""Alembic's entry: runs the steps on the connection that the runner holds."""

from alembic import context

from crossdock.engine.store import SCHEMA

context.configure(
    connection=context.config.attributes["connection"],
    version_table_schema=SCHEMA,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
