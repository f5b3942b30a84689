# SPDX-License-Identifier: Apache-2.0
"""What rows look like in the list of differences."""

from __future__ import annotations

from cocket.stores.base.row_macs import shown


def test_no_secret_is_among_the_values_that_are_shown() -> None:
    assert shown(["eve", "$argon2id$v=19$x", None, b"1"], ["id", "password_hash", "disabled", "mac"]) == "eve, …, –, …"
    assert shown(["eve", None]) == "eve, –"
