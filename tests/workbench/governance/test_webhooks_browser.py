# SPDX-License-Identifier: Apache-2.0
"""The list of webhooks in a real browser."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.houses import Built
from tests.pipeline.operations.test_event_delivery import sending, work
from tests.simulators.mail_server import MailServer
from tests.workbench.base.test_real_instance import PASSWORD, token
from tests.workbench.conftest import Screen, said
from tests.workbench.governance import test_webhooks
from tests.workbench.intake.test_own_messages import Sign

built, postbox, sign = test_webhooks.built, test_webhooks.postbox, test_webhooks.sign


def test_no_column_of_the_list_is_cut_on_a_narrow_screen(
    built: Built, sign: Sign, postbox: MailServer, chromium: Any
) -> None:
    tina = sign("tina")
    csrf = token(tina.get("/own/webhooks").text)
    for name in ("customs-clearance.department", "no"):
        address = f"{name}@logistics-and-forwarding.example"
        postbox.answers[address] = "550 5.1.1 no such user"
        tina.post("/own/webhooks", data={"csrf": csrf, "url": address, "language": "en", "scheme": "v1"})

    def sent() -> None:
        with sending(built) as delivery:
            work(delivery, 60.0, lambda: said(tina.get("/own/webhooks")).count("is not delivered") == 2)

    with ThreadPoolExecutor(1) as apart:  # the browser has the event loop of this thread
        apart.submit(sent).result()
    with contextlib.closing(Screen(chromium, str(tina.base_url).rstrip("/"), PASSWORD)) as screen:
        screen.sign_in("tina", begins="/own")
        for width in (1280, 1200, 1024):
            screen.page.set_viewport_size({"width": width, "height": 800})
            screen.go("/own/webhooks")
            screen.picture(f"webhooks-{width}", full_page=True)
            wide = screen.page.locator(".wide")
            assert wide.evaluate("one => one.scrollWidth <= one.clientWidth"), width
        assert screen.complaints == []
