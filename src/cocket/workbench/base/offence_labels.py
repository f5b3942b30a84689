# SPDX-License-Identifier: Apache-2.0
"""What classes of offences are called, wherever a result is entered or shown."""

from __future__ import annotations

from typing import Final

from cocket.control.offences import NAMES, OLD

#: Classes of offence in the order in which they are offered, then those that only older records have.
OFFENCES: Final[dict[str, str]] = {str(name): text for name, text in NAMES.items()}

#: Those that only older records and simple hosts have.
OLD_OFFENCES: Final = tuple(name for name in OFFENCES if name in OLD)

#: Classes that a form offers.
OFFERED: Final[dict[str, str]] = {name: text for name, text in OFFENCES.items() if name not in OLD}
