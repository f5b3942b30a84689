# SPDX-License-Identifier: Apache-2.0
"""Identifiers of EPCIS: which there are, whether one is sound, and its one canonical form.

A GS1 key is written as an EPC URN (`urn:epc:id:sscc:9521321.0000000001`) or as a web address of the GS1 Digital Link
(`https://id.gs1.org/00/095213210000000012`); both are the same thing, and the second, at `id.gs1.org`, is canonical.

Source: GS1 EPC Tag Data Standard 2.0 §6 (URI forms); GS1 Digital Link URI syntax 1.3; GS1 General Specifications §7.9
(check digit); GS1 CBV 2.0 §8; facts re-stated.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

import msgspec

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x1f\x7f<>\"{}|\\^`]+")
_UNSAFE = ("javascript:", "data:", "file:", "vbscript:", "blob:")
_SERIAL = r"(?:%[0-9A-Fa-f]{2}|[!')(*+,.0-9:;=A-Za-z_-])"


def is_uri(value: Any) -> bool:
    """Whether a value is an absolute URI, or a prefix and a name, that does no harm where it is shown.

    Source: RFC 3986 §4.3; JSON-LD 1.1 §3.2.
    """
    return isinstance(value, str) and bool(_SCHEME.fullmatch(value)) and not value.lower().startswith(_UNSAFE)


class Scheme(msgspec.Struct, frozen=True):
    """One kind of GS1 key.

    Attributes:
        ai: Application identifier of the key, which stands in its web address.
        digits: Digits of company prefix and reference together (count); 0 where they are free text.
        has_indicator: Whether the first digit of the reference stands before the company prefix.
        has_check: Whether a check digit follows.
        zero: What stands before all in the key.
        parts: Digits of further parts that follow the check digit (count each).
        serial: Most characters of a serial (count); 0 if there is none.
        joins: What stands between key and serial in the web address.
        numeric: Whether the serial has digits only.
    """

    ai: str
    digits: int
    has_indicator: bool = False
    has_check: bool = True
    zero: str = ""
    parts: tuple[int, ...] = ()
    serial: int = 0
    joins: str = ""
    numeric: bool = False


SCHEMES = {
    "sgtin": Scheme("01", 13, has_indicator=True, serial=20, joins="/21/"),
    "lgtin": Scheme("01", 13, has_indicator=True, serial=20, joins="/10/"),
    "upui": Scheme("01", 13, has_indicator=True, serial=28, joins="/235/"),
    "itip": Scheme("8006", 13, has_indicator=True, parts=(2, 2), serial=20, joins="/21/"),
    "sscc": Scheme("00", 17, has_indicator=True),
    "sgln": Scheme("414", 12, serial=20, joins="/254/"),
    "pgln": Scheme("417", 12),
    "grai": Scheme("8003", 12, zero="0", serial=16),
    "giai": Scheme("8004", 0, has_check=False, serial=30),
    "gsrn": Scheme("8018", 17),
    "gsrnp": Scheme("8017", 17),
    "gdti": Scheme("253", 12, serial=20),
    "sgcn": Scheme("255", 12, serial=12, numeric=True),
    "ginc": Scheme("401", 0, has_check=False, serial=30),
    "gsin": Scheme("402", 16),
    "cpi": Scheme("8010", 0, has_check=False, serial=30, joins="/8011/"),
}

#: Kinds that are no GS1 key: they have no web address, only a form.
_OTHERS = {
    "bic": r"[A-Z]{3}[JUZ][0-9]{7}",
    "imovn": r"[0-9]{7}",
    "gid": r"[0-9]+\.[0-9]+\.[0-9]+",
    "usdod": r"[A-Z0-9]{5,6}\.[0-9]+",
    "adi": r"[A-Z0-9]{5,6}\.[A-Z0-9%/-]*\.[A-Z0-9%/#-]+",
}

_KEYS = frozenset(scheme.ai for scheme in SCHEMES.values())
_SHORT = {
    "gtin": "01", "itip": "8006", "cpid": "8010", "gln": "414", "party": "417", "gsrnp": "8017", "gsrn": "8018",
    "gcn": "255", "sscc": "00", "gdti": "253", "ginc": "401", "gsin": "402", "grai": "8003", "giai": "8004",
    "cpv": "22", "lot": "10", "ser": "21",
}  # fmt: skip


def check_digit(digits: str) -> str:
    """The check digit of a GS1 key.

    Args:
        digits: The key without it.

    Source: GS1 General Specifications §7.9.1.
    """
    total = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits)))
    return str(-total % 10)


@lru_cache(maxsize=32_768)
def canonical(value: str) -> str | None:
    """The canonical web address of a GS1 key; None if a value is no sound key.

    The finest level of identification is kept (a serial before a lot), variants and queries fall away.

    Source: GS1 CBV 2.0 §8.9.2; GS1 Digital Link URI syntax §5.
    """
    if value.startswith("urn:epc:"):
        kind, _, rest = value.removeprefix("urn:epc:").partition(":")
        name, _, key = rest.partition(":")
        if kind == "idpat" and name in SCHEMES and key.endswith(".*"):
            return _of_urn(name, key.removesuffix(".*").rstrip(".*"), is_pattern=True)
        return _of_urn(name, key) if kind in ("id", "class") and name in SCHEMES else None
    return _of_link(value) if value.startswith(("http://", "https://")) else None


def _of_urn(name: str, key: str, *, is_pattern: bool = False) -> str | None:
    scheme = SCHEMES[name]
    if not scheme.digits:
        return _of_free(name, scheme, key, is_pattern=is_pattern)
    company, _, rest = key.partition(".")
    reference, _, rest = rest.partition(".")
    digits = company + reference
    if not (6 <= len(company) <= 12 and len(digits) == scheme.digits and digits.isascii() and digits.isdigit()):
        return None
    if scheme.has_indicator:
        digits = reference[0] + company + reference[1:] if reference else digits
    body = scheme.zero + digits
    text = f"https://id.gs1.org/{scheme.ai}/{body}{check_digit(body)}"
    for size in scheme.parts:
        part, _, rest = rest.partition(".")
        if len(part) != size or not part.isdigit():
            return None
        text += part
    if is_pattern or not scheme.serial:
        return text if not rest or is_pattern else None
    if name == "sgln" and rest == "0":
        return text
    return f"{text}{scheme.joins}{_encoded(rest)}" if _is_serial(rest, scheme) else None


def _of_free(name: str, scheme: Scheme, key: str, *, is_pattern: bool) -> str | None:
    """Keys whose reference is text: the company prefix and it are not told apart in the web address."""
    company, _, rest = key.partition(".")
    serial = ""
    if name == "cpi" and not is_pattern:
        rest, _, serial = rest.rpartition(".")
        if not re.fullmatch(r"[0-9]{1,12}", serial):
            return None
    joined = company + rest
    if not (re.fullmatch(r"[0-9]{6,12}", company) and rest) or not _is_serial(rest, scheme):
        return None
    if len(unquote(joined)) > scheme.serial:
        return None
    return f"https://id.gs1.org/{scheme.ai}/{_encoded(joined)}{scheme.joins + serial if serial else ''}"


def _is_serial(text: str, scheme: Scheme) -> bool:
    if scheme.numeric:
        return bool(re.fullmatch(r"[0-9]+", text)) and len(text) <= scheme.serial
    return bool(re.fullmatch(f"{_SERIAL}+", text)) and len(unquote(text)) <= scheme.serial


def _encoded(text: str) -> str:
    for mark in "!()*+,:":
        text = text.replace(mark, f"%{ord(mark):02X}")
    return text


def _of_link(value: str) -> str | None:
    path = re.split("[#?]", value, maxsplit=1)[0].rstrip("/")
    steps = path.split("/")[3:]
    steps = [_SHORT.get(step, step) if place % 2 == len(steps) % 2 else step for place, step in enumerate(steps)]
    start = next((place for place in range(len(steps) % 2, len(steps), 2) if steps[place] in _KEYS), None)
    if start is None:
        return None
    pairs = list(zip(steps[start::2], steps[start + 1 :: 2], strict=True))
    ai, key = pairs[0]
    if ai == "01" and re.fullmatch(r"[0-9]{8}|[0-9]{12,13}", key):
        key = key.zfill(14)
    if not re.fullmatch(_LINKS[ai], key):
        return None
    further = dict(pairs[1:])
    finest = next((each for each in _FINER.get(ai, ()) if each in further), None)
    return f"https://id.gs1.org/{ai}/{key}" + (f"/{finest}/{further[finest]}" if finest else "")


_TEXT = r"(?:%[0-9A-Fa-f]{2}|[!\"'()*+,.0-9:;<=>?A-Z_a-z-])"
#: Form of each key as it stands in a web address.
_LINKS = {
    "01": r"[0-9]{14}",
    "8006": r"[0-9]{18}",
    "00": r"[0-9]{18}",
    "414": r"[0-9]{13}",
    "417": r"[0-9]{13}",
    "8003": rf"[0-9]{{14}}{_TEXT}{{0,16}}",
    "8004": rf"[0-9]{{4}}{_TEXT}{{0,26}}",
    "8018": r"[0-9]{18}",
    "8017": r"[0-9]{18}",
    "253": rf"[0-9]{{13}}{_TEXT}{{0,17}}",
    "255": r"[0-9]{13,25}",
    "401": rf"[0-9]{{4}}{_TEXT}{{0,26}}",
    "402": r"[0-9]{17}",
    "8010": r"(?:%[0-9A-Fa-f]{2}|[#0-9A-Z-]){4,30}",
}
#: What makes a key finer, the finest first.
_FINER = {"01": ("21", "235", "10"), "8006": ("21", "10"), "414": ("254",), "8010": ("8011",)}


def is_object(value: Any) -> bool:
    """Whether a value names a thing or a class of things: a GS1 key, or one of the other kinds of names.

    Source: GS1 CBV 2.0 §8.2 to §8.4.
    """
    if not is_uri(value):
        return False
    if value.startswith("urn:epc:"):
        kind, _, rest = value.removeprefix("urn:epc:").partition(":")
        name, _, key = rest.partition(":")
        if kind in ("id", "idpat") and name in _OTHERS:
            return kind == "idpat" or bool(re.fullmatch(_OTHERS[name], key))
        return canonical(value) is not None
    if value.startswith(("http://", "https://")):
        return canonical(value) is not None or "/obj/" in value or "/class/" in value
    return True


def is_identifier(value: Any) -> bool:
    """Whether a value names a place, party or document: a sound GS1 key if it says that it is one, else any URI.

    Source: GS1 CBV 2.0 §8.5 to §8.8.
    """
    return is_object(value) if isinstance(value, str) and value.startswith("urn:epc:") else is_uri(value)


def is_check_digit_right(link: str) -> bool:
    """Whether the check digit in a canonical web address is right; True where the key has none.

    Source: GS1 General Specifications §7.9.1.
    """
    ai, _, key = link.removeprefix("https://id.gs1.org/").partition("/")
    length = {"01": 14, "8006": 14, "00": 18, "414": 13, "417": 13, "8003": 14, "8018": 18, "8017": 18}.get(ai)
    length = length or {"253": 13, "255": 13, "402": 17}.get(ai)
    digits = key[:length] if length else ""
    return not digits or check_digit(digits[:-1]) == digits[-1]
