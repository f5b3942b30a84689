# SPDX-License-Identifier: Apache-2.0
"""From published files to editions: bytes in, an edition with its codes and findings out; nothing is written here.

`FORMATS` names the lists whose publishers' files are known; any other list is read by its column names.
Source: the publishers' own descriptions, told where each format is.
"""

from cocket.codes.importing.imported import Imported, Wanted, import_list
from cocket.codes.importing.known import ALIASES, FORMATS
from cocket.codes.importing.sources import Source

__all__ = ["ALIASES", "FORMATS", "Imported", "Source", "Wanted", "import_list"]
