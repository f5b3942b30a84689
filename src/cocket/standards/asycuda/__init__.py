# SPDX-License-Identifier: Apache-2.0
"""ASYCUDA World: the host system's own files.

In: the XML that the host exports and takes: declaration (SAD), manifest (Awmds, Awbolds, Awmcds), value declaration
(C71), licence, release order. Out: the model with findings, and the same XML in the form it was read. Habits of
countries are data (`profiles`).
Source: public SAD files and schemas; UNCTAD XML message descriptions.
"""

from cocket.standards.asycuda import c71, licence, manifest, release, sad
from cocket.standards.asycuda.profiles import NAMES
from cocket.standards.kind import Standard

SAD = Standard(
    name="asycuda-sad",
    title="ASYCUDA World declaration (SAD)",
    recognises=sad.recognises,
    read=sad.read,
    write=sad.write,
    profiles=NAMES,
)

MANIFEST = Standard(
    name="asycuda-awmds",
    title="ASYCUDA World manifest",
    recognises=manifest.recognises,
    read=manifest.read,
    write=manifest.write,
    profiles=NAMES,
    stream=manifest.stream,
)

C71 = Standard(
    name="asycuda-c71",
    title="ASYCUDA World value declaration (C71)",
    recognises=c71.recognises,
    read=c71.read,
    write=c71.write,
    profiles=NAMES,
)

LICENCE = Standard(
    name="asycuda-licence",
    title="ASYCUDA World licence",
    recognises=licence.recognises,
    read=licence.read,
    write=licence.write,
    profiles=NAMES,
)

RELEASE = Standard(
    name="asycuda-release",
    title="ASYCUDA World customs release order",
    recognises=release.recognises,
    read=release.read,
    write=release.write,
    profiles=NAMES,
)

__all__ = ["C71", "LICENCE", "MANIFEST", "RELEASE", "SAD"]
