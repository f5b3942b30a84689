# SPDX-License-Identifier: Apache-2.0
"""IATA Cargo-XML: air waybills and house waybills, lists of houses and of a flight, statuses, answers.

In: XFWB, XFZB, XFHL, XFFM, XFSU and XFNM, each in the editions in use. Out: manifests with their bills, movements and
responses, with findings; and back. Source: IATA Cargo-XML, as `fields` says.
"""

from cocket.standards.cargo_xml._plugin import CARGO_XML

__all__ = ["CARGO_XML"]
