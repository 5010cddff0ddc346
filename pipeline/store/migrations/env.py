"""Alembic's entry: run the migrations on the connection that `pipeline.store.migrate` opened."""

from alembic import context

from pipeline.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
