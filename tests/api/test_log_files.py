# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Ask

FILES = {
    "checkpoint": ("text/plain; charset=utf-8", "no-cache"),
    "key.vkey": ("text/plain; charset=utf-8", "public, max-age=3600"),
    "tile/0/000": ("application/octet-stream", "public, max-age=31536000, immutable"),
    "tile/0/x001/x234/067": ("application/octet-stream", "public, max-age=31536000, immutable"),
    "tile/0/001.p/8": ("application/octet-stream", "public, max-age=3600"),
    "tile/entries/000.p/255": ("application/octet-stream", "public, max-age=3600"),
    "handover/1": ("text/plain; charset=utf-8", "public, max-age=31536000, immutable"),
    "2027/checkpoint": ("text/plain; charset=utf-8", "no-cache"),
    "2027/key.vkey": ("text/plain; charset=utf-8", "public, max-age=3600"),
    "2027/tile/entries/000": ("application/octet-stream", "public, max-age=31536000, immutable"),
    "tile/63/000": ("application/octet-stream", "public, max-age=31536000, immutable"),
}
STRANGERS = ["secret", "tile/0/secret", "tile/64/000", "tile/0/000.p/0", "tile/0/000.p/256", "tile/00/000", ".hidden"]
STRANGERS += ["handover/0", "handover/01", "2027/secret", "2027/2028/checkpoint", "027/checkpoint"]


@pytest.fixture(scope="module", autouse=True)
def log(house: Any) -> None:
    for name in [*FILES, *STRANGERS]:
        file = house.log_folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.is_dir():
            file.write_bytes(name.encode())
    (house.log_folder.parent / "key.vkey").write_bytes(b"outside")


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_the_log_is_given_to_anyone_and_kept_as_long_as_it_stays_true(ask: Ask, name: str) -> None:
    reply = ask("GET", f"/log/{name}", key=None)
    assert (reply.status, reply.body) == (200, name.encode())
    assert (reply.headers["content-type"], reply.headers["cache-control"]) == FILES[name]


@pytest.mark.parametrize(
    "name", [*STRANGERS, "tile/0/999", "tile/0", "tile", "", "tile/0/000/", "checkpoint/x", "x/../key.vkey"]
)
def test_nothing_else_is_given_even_if_it_is_there(ask: Ask, name: str) -> None:
    assert ask("GET", f"/log/{name}", key=None).status in (400, 404)
