# SPDX-License-Identifier: Apache-2.0
"""ASYCUDA World: the host system's own files, a declaration (SAD) or a manifest (Awmds, Awbolds, Awmcds).

In: the XML that the host exports and takes. Out: `Declaration` or `Manifest` with findings, and the same XML in the
form it was read. Habits of countries are data (`profiles`).
Source: public SAD files; UNCTAD SAD and manifest XML message descriptions.
"""

from cocket.standards.asycuda import manifest, sad
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
)

__all__ = ["MANIFEST", "SAD"]
