# SPDX-License-Identifier: Apache-2.0
"""One simulated object that stands for every service of an instance."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from types import SimpleNamespace
from typing import Any

from cocket.pipeline import instance


def stand_for_services(simulated: Any) -> None:
    """Put an object under each name by which doors reach a service, such as `tracking.alerts`.

    Args:
        simulated: What has the methods of the services that a test needs.
    """
    for name, kind in vars(instance).items():
        if is_dataclass(kind) and name.endswith("Services"):
            services = SimpleNamespace(**{field.name: simulated for field in fields(kind)})
            setattr(simulated, name.removesuffix("Services").lower(), services)
