# SPDX-License-Identifier: Apache-2.0
"""A certificate lodged beside a declaration: what it says it is, before anybody has verified it."""

from __future__ import annotations

from typing import Literal

import msgspec

from cocket.model.party import Reference

#: What a verifiable certificate may be: a W3C credential or presentation, an SD-JWT, an OpenAttestation document.
CertificateForm = Literal["vc", "vp", "sd-jwt-vc", "oa-v2", "oa-v3"]


class Certificate(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True, tag="certificate"):
    """A verifiable certificate, as it names itself. Whether any of it is true is for `cocket.credentials` to say.

    Attributes:
        form: `vc`, `vp` (a presentation), `sd-jwt-vc`, `oa-v2` or `oa-v3`.
        id: Its own id; None where it states none.
        types: What it calls itself (0..n).
        issuer: Whom it names as its issuer, a DID, domain or address; None where it names nobody.
        references: Every name by which the consignment may be known (0..n), the certificate's own number among them.
    """

    form: CertificateForm
    id: str | None = None
    types: tuple[str, ...] = ()
    issuer: str | None = None
    references: tuple[Reference, ...] = ()
