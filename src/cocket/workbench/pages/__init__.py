# SPDX-License-Identifier: Apache-2.0
"""The pages: one module of routes and one template each.

In: a visit. Out: HTML made from the views that the pipeline gives, which governance has already disclosed.
"""

from cocket.workbench.pages import (
    acts,
    audits,
    dossier,
    doubts,
    intelligence,
    log,
    manifests,
    message,
    parts,
    queue,
    rules,
    screening,
    set_aside,
    sign_in,
    statistics,
    threats,
    tracking,
    tracking_devices,
    tracking_journeys,
    tracking_places,
)

ROUTERS = (
    sign_in.routes,
    queue.routes,
    dossier.routes,
    doubts.routes,
    manifests.routes,
    acts.routes,
    intelligence.routes,
    screening.routes,
    message.routes,
    statistics.routes,
    audits.routes,
    log.routes,
    threats.routes,
    set_aside.routes,
    rules.routes,
    tracking.routes,
    tracking_journeys.routes,
    tracking_places.routes,
    tracking_devices.routes,
    parts.routes,
)

__all__ = ["ROUTERS"]
