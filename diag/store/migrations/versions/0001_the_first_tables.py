"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make all tables of this step."""
    op.create_table(
        "run",
        sa.Column("number", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("id", _WORD, nullable=False, unique=True),
        sa.Column("started", _WORD, nullable=False),
        sa.Column("interrupted", sa.Boolean(), nullable=False),
        sa.Column("origin", _WORD, nullable=False),
        sa.Column("host", _WORD, nullable=False),
        sa.Column("profile", _WORD, nullable=False),
        sa.Column("serial_number", _WORD),
        sa.Column("verdict", _WORD, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
    )
    op.create_index("run_started", "run", ["started"])
    op.create_table(
        "run_fault",
        sa.Column("run", _NUMBER, sa.ForeignKey("run.number", ondelete="CASCADE"), primary_key=True),
        sa.Column("place", sa.Integer(), primary_key=True),
        sa.Column("fault", _WORD, nullable=False),
    )
    op.create_index("run_fault_fault", "run_fault", ["fault", "run"])
    op.create_table(
        "run_serial",
        sa.Column("serial_number", _WORD, primary_key=True),
        sa.Column("run", _NUMBER, sa.ForeignKey("run.number", ondelete="CASCADE"), primary_key=True),
    )
    op.create_index("run_serial_run", "run_serial", ["run"])
    op.create_table(
        "chain",
        sa.Column("number", _NUMBER, primary_key=True, autoincrement=False),
        sa.Column("run", _WORD, nullable=False),
        sa.Column("content", _WORD, nullable=False),
        sa.Column("hash", _WORD, nullable=False),
        sa.Column("forgotten", _WORD),
    )
    end = op.create_table(
        "chain_end",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("hash", _WORD, nullable=False),
    )
    op.bulk_insert(end, [{"number": 0, "hash": ""}])
    op.create_table(
        "repair",
        sa.Column("run", _WORD, primary_key=True),
        sa.Column("confirmed", _WORD, nullable=False),
        sa.Column("profile", _WORD, nullable=False),
        sa.Column("component", _WORD, nullable=False),
        sa.Column("fault", _WORD, nullable=False),
    )
