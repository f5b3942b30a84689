# SPDX-License-Identifier: Apache-2.0
"""Keys of dossiers with the days that papers bearing them are about: a number given again may be strong in several dossiers.

Keys of before have no days until `cocket.pipeline.consignment.key_days` has read them from the papers; until then, and where
no paper can be read, time does not part them.
"""

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Add the days, and let several dossiers hold a strong key; the index of whole keys finds strong ones too."""
    op.execute("alter table consignment_key add column first_day date, add column last_day date")
    op.execute("drop index consignment_key_strong")
