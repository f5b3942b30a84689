# SPDX-License-Identifier: Apache-2.0
"""A world's public tables as a log, so that threat detectors can be measured where schemes run for seasons."""

from __future__ import annotations

from cocket.risk.features.canonical import canonical_phone
from cocket.risk.threats import Act, Declared, Log, log_of
from cocket.simulation.worlds.folder import Public


def log_of_world(world: Public) -> tuple[Log, dict[int, str]]:
    """The log of a world, and which declaration each row belongs to.

    Addresses are spelt in too many ways to name a consignee; the importer's number stands for him.

    Args:
        world: Its public tables; the truth has no part in it.

    Returns:
        The log, and row → id of the declaration.
    """
    rows: list[str] = []

    def row_of(declaration: str) -> int:
        rows.append(declaration)
        return len(rows)

    table = world.declarations.join(world.selections.select("id", "lane", "officer"), on="id", how="left")
    declared: list[Declared] = []
    acts: list[Act] = []
    for told in table.iter_rows(named=True):
        name, at = told["id"], told["registered"]
        phone = canonical_phone(told["importer_phone"])
        identities = (("phone", phone), ("address", told["importer_address"]))
        declared.append(
            Declared(
                row=row_of(name), at=at, reference=name, importer=told["importer"], declarant=told["declarant"],
                seller=told["seller"], consignee=told["importer"], hs=told["hs6"], origin=told["origin"],
                value=told["value"], mass_kg=told["net_kg"], duty_rate=told["duty_rate"], lane=told["lane"],
                identities=tuple((kind, text) for kind, text in identities if text),
            )
        )  # fmt: skip
        acts.append(
            Act(
                row=row_of(name), at=at, actor="host", kind="lane-set", subject=name, lane=told["lane"],
                importer=told["importer"], declarant=told["declarant"], office=told["office"],
                is_system=True,
            )
        )  # fmt: skip
    officers = dict(table.select("id", "officer").iter_rows())
    acts.extend(
        Act(
            row=row_of(told["id"]), at=told["returned"], actor=str(officers[told["id"]]), kind="result",
            subject=told["id"], depth=told["depth"], is_found=told["found"],
        )
        for told in world.results.iter_rows(named=True)
    )  # fmt: skip
    return log_of(declared, acts), dict(enumerate(rows, start=1))
