"""An index has a family and may have a head; sentence vectors of example questions are kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "knowledge_indexes", sa.Column("family", sa.String(length=64), server_default="", nullable=False)
    )
    op.add_column("knowledge_indexes", sa.Column("head", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_knowledge_indexes_family"), "knowledge_indexes", ["family"], unique=False)
    op.create_table(
        "knowledge_vectors",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_knowledge_vectors")),
    )


def downgrade() -> None:
    op.drop_table("knowledge_vectors")
    op.drop_index(op.f("ix_knowledge_indexes_family"), table_name="knowledge_indexes")
    op.drop_column("knowledge_indexes", "head")
    op.drop_column("knowledge_indexes", "family")
