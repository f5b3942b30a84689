# SPDX-License-Identifier: Apache-2.0
"""Logs in which much is shared without a scheme: a business centre of 60 firms, brokers' telephones, a chain of shops, small offices.

Upon the ordinary trade of `slow`; whom each firm is served by is drawn, and clients of a small broker sit in his own building.
"""

from __future__ import annotations

from random import Random

from tests.risk.threats.slow import _CODES, Slow, ordinary

CENTRE, SMALL_OFFICE = "12 Meridian Tower, Harbour District", "4 Gable Court"
BIG_BROKER, SMALL_BROKER = "+44 20 7946 0100", "+44 20 7946 0200"
CHAIN = (("phone", "+44 20 7946 0300"), ("account", "GB29 NWBK 6016 1331 9268 19"), ("director", "Dana Ashworth"))

#: What an administration would list of it.
LISTED = f"""identity;value;kind;note
address;{CENTRE};business-centre;serviced offices
address;{SMALL_OFFICE};business-centre;
phone;{BIG_BROKER};broker;
phone;{SMALL_BROKER};broker;
phone;{CHAIN[0][1]};chain;shops of one brand
account;{CHAIN[1][1]};chain;
director;{CHAIN[2][1]};chain;
""".encode()


def shared(seed: int, *, is_chain: bool = True) -> Slow:
    """A log without a scheme in which 100 firms share addresses, telephones, an account and a director."""
    log = ordinary(seed)
    random = Random(seed + 1)
    for firm in range(60):
        phone = BIG_BROKER if random.random() < 0.4 else f"+44 161 {firm:07d}"
        _firm(log, random, f"C{firm}", (("address", CENTRE), ("phone", phone)), small=firm < 25)
    for firm in range(9):
        phone = SMALL_BROKER if firm < 7 else f"+44 141 {firm:07d}"
        _firm(log, random, f"O{firm}", (("address", SMALL_OFFICE), ("phone", phone)))
    for shop in range(8 if is_chain else 0):
        _firm(log, random, f"S{shop}", (("address", f"{shop} High Street {shop}"), *CHAIN))
    for firm in range(20):
        _firm(log, random, f"B{firm}", (("address", f"{firm} Brewer Yard"), ("phone", BIG_BROKER)))
    return log


def _firm(
    log: Slow, random: Random, name: str, identities: tuple[tuple[str, str], ...], *, small: bool = False
) -> None:
    """A firm with some trade; a small one sells single parcels whose price lies under the threshold by its nature."""
    code, price, mass = random.choice(_CODES), random.lognormvariate(2, 0.8), random.lognormvariate(3, 1)
    address = dict(identities)["address"]
    usual = random.uniform(90, 175)
    for _ in range(random.randrange(3, 30)):
        kg = 0.6 * random.lognormvariate(0, 0.3) if small else mass * random.lognormvariate(0, 0.5)
        value = usual * random.lognormvariate(0, 0.12) if small else price * kg * random.lognormvariate(0, 0.15)
        log.declare(log.days * random.random(), importer=name, consignee=address, hs=code, value=round(value, 2),
            mass_kg=round(kg, 2), identities=identities)  # fmt: skip


def ring(log: Slow) -> None:
    """Five importers in the business centre that are one: they share an account and a director that nobody else has."""
    random = log.random
    for member in range(5):
        for _ in range(6):
            identities = (
                ("address", CENTRE),
                ("phone", BIG_BROKER),
                ("account", "XA99 8877"),
                ("director", "N. Quill"),
            )
            log.planted.add(log.declare(log.days * random.random(), importer=f"R{member}", consignee=CENTRE,
                hs="851713", value=round(random.lognormvariate(7, 0.5), 2), mass_kg=round(random.lognormvariate(2, 0.3), 2),
                identities=identities))  # fmt: skip
