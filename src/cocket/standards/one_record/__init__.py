# SPDX-License-Identifier: Apache-2.0
"""IATA ONE Record: air cargo as linked data, in JSON-LD.

In: waybills, shipments, events and whatever else of the ontology, alone, in a graph or in a notification. Out: manifests
with their bills, movements, and findings; and back. Source: ONE Record data model 3.3 (2026-07), API 2.2.
"""

from cocket.standards.one_record._plugin import ONE_RECORD
from cocket.standards.one_record.views import json_of_view, view_of_json

__all__ = ["ONE_RECORD", "json_of_view", "view_of_json"]
