# SPDX-License-Identifier: Apache-2.0
"""`cocket` as it is a day later, for pages whose reader comes back when today is over: `python tomorrow.py risk draws …`."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta, tzinfo

from cocket.cli import main
from cocket.pipeline.control import draws


class Later(datetime):
    """The clock of whoever publishes draws, a day ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Later:
        return cls.fromtimestamp((datetime.now(tz) + timedelta(days=1)).timestamp(), tz)


if __name__ == "__main__":
    vars(draws)["datetime"] = Later
    sys.argv[0] = "cocket"
    main()
