# SPDX-License-Identifier: Apache-2.0
"""The interpreters: bytes in a standard → model objects and findings, and back.

In: bytes as received. Out: one `Reading`. Each standard is one folder with reader, writer, field tables and rules;
`STANDARDS` is the literal list of them. No standard imports another.
"""

from cocket.standards._front import STANDARDS, read, read_as, recognise, write
from cocket.standards.convert import Conversion, ConvertOptions, Lost, Pair, convert, pairs
from cocket.standards.kind import Options, Source, Standard
from cocket.standards.xml import Limits

__all__ = [
    "STANDARDS",
    "Conversion",
    "ConvertOptions",
    "Limits",
    "Lost",
    "Options",
    "Pair",
    "Source",
    "Standard",
    "convert",
    "pairs",
    "read",
    "read_as",
    "recognise",
    "write",
]
