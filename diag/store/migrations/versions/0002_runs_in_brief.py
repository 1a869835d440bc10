"""Each run in brief, beside its record."""

import json

import sqlalchemy as sa
from alembic import op

from diag.records import brief
from diag.records.record import from_json

revision = "0002"
down_revision = "0001"

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# what comes of a text that is no record
_NO_RECORD = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError)
_AT_ONCE = 200  # records that are read at a time


def upgrade() -> None:
    """Make the table, and fill it of the records; a damaged record gets no row."""
    briefs = op.create_table(
        "run_brief",
        sa.Column(
            "run", _NUMBER, sa.ForeignKey("run.number", ondelete="CASCADE"), primary_key=True, autoincrement=False
        ),
        sa.Column("brief", sa.Text(), nullable=False),
    )
    base, last = op.get_bind(), 0
    select = sa.text("SELECT number, record FROM run WHERE number > :last ORDER BY number LIMIT :most")
    while rows := base.execute(select, {"last": last, "most": _AT_ONCE}).fetchall():
        last = rows[-1][0]
        made = [{"run": number, "brief": text} for number, record in rows if (text := _brief(record)) is not None]
        if made:
            op.bulk_insert(briefs, made)


def _brief(record: str) -> str | None:
    try:
        return brief.to_text(from_json(json.loads(record)))
    except _NO_RECORD:
        return None
