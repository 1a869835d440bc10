"""What Alembic runs: the steps on the connection that `diag.store.migrate` has opened."""

from alembic import context

from diag.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite cannot alter a column in place
)
context.run_migrations()
