# SPDX-License-Identifier: Apache-2.0
"""The messages of the Danish system as tables, and the schemas written from them: one for each data set and function.

`classes.txt` begins with a line for each message, its name (`H1`, `H1-change`, `H1-cancel`) and its class; then comes a
block for each class as in `cocket.standards.shape`. `values.txt` begins with a block for each set of attributes (a name
with `!` is required), then has a line for each value: its name, what it restricts, its limits; then its patterns (`~`)
and codes (`=`). Elements of the extensions' own namespaces are passed over.

Source: Skatteforvaltningen, DMS, schemas of December 2025 (H1 2.3, H2 to H6 2.1, H7 1.9, I1 2.2, B1 to B4); facts
re-stated.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

from cocket.standards.shape import Class, Outline, Shape, Value, rows
from cocket.standards.wco_dm.fields import DATE_NAMESPACE, DECLARATION_NAMESPACE

#: Which of the messages of a data set a function code asks for; with any other it is the declaration as lodged.
FUNCTIONS = {"4": "-change", "1": "-cancel"}

_PREFIXES = {
    "": DECLARATION_NAMESPACE,
    "ds": DATE_NAMESPACE,
    "eds": "urn:eds:datamodel:EDS:EDS_EXTENSIONS:1",
    "aut": "urn:wco:datamodel:WCO:WCO_DEC_EDS_AUTHORISATION:1",
    "met": "urn:wco:datamodel:WCO:WCO_DEC_EDS_METADATA:1",
}


@cache
def messages() -> dict[str, str]:
    """The class of each message by its name, such as `H1-change`.

    Source: see the module.
    """
    return dict(line.split() for line in _text("classes").partition("\n\n")[0].splitlines())


def data_sets() -> tuple[str, ...]:
    """The data sets whose declarations are read (1..n).

    Source: see the module.
    """
    return tuple(name for name in messages() if "-" not in name)


def shape_for(data_set: str | None, function: str | None) -> Shape | None:
    """The shape of a message.

    Args:
        data_set: What the declaration states, such as `H1`.
        function: Its function code.

    Returns:
        The shape; None if the data set is none of these.

    Source: see the module.
    """
    name = f"{data_set}{FUNCTIONS.get(function or '', '')}"
    return _shape(messages()[name]) if name in messages() else None


@cache
def _shape(root: str) -> Shape:
    return Shape(
        Outline(
            code="wco",
            prefixes=_PREFIXES,
            roots={"Declaration": root},
            classes=_classes(),
            values=_values(),
            wco_ids={"Declaration": "42A"},
        )
    )


@cache
def _classes() -> dict[str, Class]:
    return rows(_text("classes").partition("\n\n")[2])


@cache
def _values() -> dict[str, Value]:
    sets, _, lines = _text("values").partition("\n\n")
    attributes: dict[str, tuple[dict[str, Value], tuple[str, ...]]] = {}
    name = ""
    for line in sets.splitlines():
        if line[0] != " ":
            name = line
            attributes[name] = ({}, ())
            continue
        attribute, value = _value(line.strip())
        known, required = attributes[name]
        known[attribute.rstrip("!")] = value
        attributes[name] = (known, (*required, attribute[:-1]) if attribute[-1] == "!" else required)
    values = {}
    for line in lines.replace("\n  ", "\t").splitlines():
        name, value = _value(line, attributes)
        values[name] = value
    return values


def _value(line: str, sets: dict[str, tuple[dict[str, Value], tuple[str, ...]]] | None = None) -> tuple[str, Value]:
    head, *more = line.split("\t")
    name, base, *limits = head.split()
    facets: dict[str, Any] = {}
    for limit in limits:
        key, _, text = limit.partition("=")
        if key == "attributes":
            facets["attributes"], facets["required"] = (sets or {})[text]
        else:
            facets[key] = text if key == "inside" else int(text)
    patterns = tuple(each[2:] for each in more if each[0] == "~")
    codes = tuple(code for each in more if each[0] == "=" for code in each[2:].split())
    return name, Value(base=base, patterns=patterns, codes=codes, **facets)


def _text(name: str) -> str:
    return resources.files(__package__).joinpath(f"{name}.txt").read_text("utf-8")
