# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from cocket.gate import RequestError, make_key, presented_key, unauthenticated


def test_a_new_key_is_presented_as_it_was_made() -> None:
    key = make_key("port-7")
    assert key.startswith("cocket_port-7_")
    assert presented_key(f"Bearer {key}".encode()) == key


def test_no_two_keys_are_alike() -> None:
    assert len({make_key() for _ in range(100)}) == 100
    assert make_key("a") != make_key("a")


@pytest.mark.parametrize("name", ["", "Port", "a_b", "a b", "a" * 41])
def test_a_name_that_would_blur_the_form_is_refused(name: str) -> None:
    with pytest.raises(RequestError):
        make_key(name)


@pytest.mark.parametrize("change", ["", "Basic ", "Bearer", "Bearer \t"])
def test_another_scheme_presents_no_key(change: str) -> None:
    assert presented_key(f"{change}{make_key()}".encode()) is None


@pytest.mark.parametrize("value", [b"Bearer cocket_a_b", b"Bearer ", b"Bearer cocket_a_" + b"0" * 63, b"\xff"])
def test_what_is_not_of_our_form_presents_no_key(value: bytes) -> None:
    assert presented_key(value) is None


def test_whoever_has_no_key_is_told_how_to_bring_one() -> None:
    refusal = unauthenticated()
    assert refusal.status == 401
    assert refusal.headers == (("WWW-Authenticate", 'Bearer realm="cocket"'),)
