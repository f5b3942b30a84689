# SPDX-License-Identifier: Apache-2.0
"""The HTTP door for machines: lodge a message, ask what became of it, prove it.

In: requests that passed `gate`. Out: the pipeline's views as JSON, the public log as files, faults as
`{"error":{"code","message","hint"}}`. What may be seen is decided by governance, inside the pipeline.
Reference: docs/reference/http.md. Source: RFC 9110; C2SP tlog-tiles for `/log/`.
"""

from cocket.api.server import Api, build_app, run

__all__ = ["Api", "build_app", "run"]
