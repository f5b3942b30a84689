# SPDX-License-Identifier: Apache-2.0
"""The workbench: the pages on which officers see the queue, open dossiers, act, and check proofs.

In: requests of people signed in. Out: HTML made from the views of `cocket.pipeline`, which governance has disclosed.
No rule and no SQL lives here. Texts are ready for translation; every look and act is recorded by the house.
Looks and behaviour: `docs/workbench/`.
"""

from cocket.workbench.app import build_app

__all__ = ["build_app"]
