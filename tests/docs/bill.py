# SPDX-License-Identifier: Apache-2.0
"""A bill of lading as its reader is handed it, and its carrier's document.

python -m tests.docs.bill REGISTRY TITLE CHAIN         writes bill.json and carrier-did.json
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from cocket.credentials import IssuerKey, add_proof, document_of
from tests.credentials.made import as_bytes, signing_key

DID = "did:web:carrier.example"


def bill(registry: str, title: str, chain: int) -> bytes:
    """The bill of XCKT0000017, signed by its carrier."""
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": "urn:uuid:00000000-0000-4000-8000-0000000000b1",
        "type": ["VerifiableCredential"],
        "issuer": DID,
        "validFrom": "2026-11-01T00:00:00Z",
        "credentialStatus": {
            "type": "TransferableRecords",
            "tokenNetwork": {"chain": "MATIC", "chainId": chain},
            "tokenRegistry": registry,
            "tokenId": title,
        },
        "credentialSubject": {"type": ["BillOfLading"], "blNumber": "XCKT0000017"},
    }
    return as_bytes(add_proof(document, IssuerKey(f"{DID}#key-1", signing_key("carrier")), datetime.now(UTC)))


if __name__ == "__main__":
    Path("bill.json").write_bytes(bill(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    Path("carrier-did.json").write_bytes(as_bytes(document_of(DID, {"key-1": signing_key("carrier").public})))
