# SPDX-License-Identifier: Apache-2.0
import os

import pytest

import tests.houses


@pytest.fixture(autouse=True)
def audited(monkeypatch, request):
    if not os.environ.get("AUDIT_ALL"):
        yield
        return
    made = []
    real = tests.houses.build

    def build(*a, **k):
        one = real(*a, **k)
        made.append(one)
        return one

    import sys

    for m in list(sys.modules.values()):
        if getattr(m, "build", None) is real:
            monkeypatch.setattr(m, "build", build)
    yield
    from cocket.pipeline import open_shelves
    from cocket.pipeline.row_audit import RowAudit

    for one in made:
        sh = open_shelves(one.settings, one.dsn)
        try:
            audit = RowAudit(sh)
            while audit.step() is None:
                pass
            bad = audit.differences()
            assert not bad, [(d.table, d.column, d.stands, d.sealed, d.leaf) for d in bad[:6]]
        finally:
            sh.database.close()
