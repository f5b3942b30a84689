# SPDX-License-Identifier: Apache-2.0
"""The administration's own profiles of its host's files."""

from __future__ import annotations

from cocket.errors import SettingsError
from cocket.settings import Settings
from cocket.standards.asycuda.profiles import adopt, read_profile


def adopt_profiles(settings: Settings) -> None:
    """Make the administration's own profiles of its host's files known to this process and those it starts.

    Raises:
        SettingsError: A profile is not in order; `problems` lists everything that is wrong with it.
    """
    for path in sorted(settings.profiles_folder.glob("*.toml")):
        try:
            adopt(read_profile(path.read_bytes()))
        except OSError as error:
            raise SettingsError(f"The profile {path} cannot be read: {error.strerror}.") from error
