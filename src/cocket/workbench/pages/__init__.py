# SPDX-License-Identifier: Apache-2.0
"""The pages: one module of routes and one template each.

In: a visit. Out: HTML made from the views that the pipeline gives, which governance has already disclosed.
"""

from cocket.workbench.pages import acts, dossier, message, parts, queue, sign_in, statistics

ROUTERS = (
    sign_in.routes,
    queue.routes,
    dossier.routes,
    acts.routes,
    message.routes,
    statistics.routes,
    parts.routes,
)

__all__ = ["ROUTERS"]
