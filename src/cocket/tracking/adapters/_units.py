# SPDX-License-Identifier: Apache-2.0
"""Measures brought to the units of events, by their codes in UN/ECE Recommendation 20."""

from __future__ import annotations

_KELVIN_AT_ZERO_C = 273.15

#: To m/s: metres a second, kilometres an hour, knots, miles an hour.
_SPEEDS = {"MTS": 1.0, "KMH": 1 / 3.6, "KNT": 1852 / 3600, "HM": 0.44704}


def celsius(value: float | None, unit: str | None) -> float | None:
    """A temperature in °C.

    Args:
        value: The measure; None stays None.
        unit: CEL (also where None), FAH or KEL.

    Returns:
        Degrees Celsius, rounded to 9 places; None if the unit is none of temperature.
    """
    if value is None:
        return None
    if unit in (None, "CEL"):
        return value
    if unit == "FAH":
        return round((value - 32) * 5 / 9, 9)
    return round(value - _KELVIN_AT_ZERO_C, 9) if unit == "KEL" else None


def metres_a_second(value: float | None, unit: str | None) -> float | None:
    """A speed in m/s; None if the unit is none of speed that is known here."""
    factor = _SPEEDS.get(unit or "MTS")
    return None if value is None or factor is None else value * factor
