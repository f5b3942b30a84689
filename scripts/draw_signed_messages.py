# SPDX-License-Identifier: Apache-2.0
"""Draw the example of docs/reference/partners/signed-messages.md: one request and its answer, by the code that sends them.

python scripts/draw_signed_messages.py          write the blocks of the page anew

Keys, times, nonces and ids are fixed, and Ed25519 has no chance in it: the same code gives the same bytes.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

import msgspec

from cocket.exchange.signed_http import (
    LABEL,
    LIFE,
    MEDIA_TYPE,
    OF_ANSWER,
    OF_REQUEST,
    RECEIPTS,
    TAG,
    HouseKey,
    SignedAnswer,
    SignedRequest,
    write_receipts,
)
from cocket.governance.partner_notices import Notice, checked
from cocket.ledger import Opening, Promise, Signer, content_hash, make_receipt, seal_leaf
from cocket.ledger.receipt import write_proof
from cocket.pipeline.partners.messages import ANSWER, FORM, REQUEST, Message, Reply, SealedWords

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "reference" / "partners" / "signed-messages.md"

#: Who sends, and who answers: the Ed25519 seed of each, that of its receipts, and the name of its log.
SENDER: Final = HouseKey(bytes(range(32)))
RECEIVER: Final = HouseKey(bytes(range(1, 33)))
SENDERS_RECEIPTS: Final = Signer.from_bytes("customs.betania.example/log/receipts", bytes(range(2, 34)))
RECEIVERS_RECEIPTS: Final = Signer.from_bytes("customs.alphaland.example/log/receipts", bytes(range(3, 35)))

URL: Final = "https://customs.alphaland.example/v1/exchange/messages"
MADE: Final = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
SENT: Final = datetime(2026, 12, 1, 9, 30, 5, tzinfo=UTC)
ANSWERED: Final = datetime(2026, 12, 1, 9, 30, 6, tzinfo=UTC)

#: What stands in the page for a value that stands above it.
SHORT: Final = "…"

_ID: Final = "0193a5f0-7a44-7c2e-9d1c-3f0a52b7e611"
_NOTICE: Final = Notice(
    kind="assistance",
    reference="2026/42",
    day=date(2026, 11, 20),
    authority="Customs of Betania, investigations",
    measure="a copy of the export declaration",
    object="the true value of the goods",
    reason="the invoice is doubted",
    law="Treaty Series 2026/12, Article 6",
    due=date(2026, 12, 20),
    ucrs=("6XA1234567",),
)


def message() -> bytes:
    """The body of the request."""
    body = msgspec.Raw(msgspec.json.encode((checked(_NOTICE),)))
    return msgspec.json.encode(
        Message(
            form=FORM,
            id=_ID,
            act="push",
            kind="assistance",
            sender="XB",
            receiver="XA",
            purpose="control",
            made=MADE,
            body=body,
        )
    )


def reply() -> bytes:
    """The body of the answer."""
    return msgspec.json.encode(Reply(form=FORM, message=_ID, outcome="done", body=msgspec.Raw(b'{"taken":1}')))


def words(part: Literal["request", "answer"]) -> bytes:
    """What both sides seal of the request or the answer."""
    content = message() if part == "request" else reply()
    return msgspec.json.encode(SealedWords(digest=sha256(content).hexdigest(), id=_ID, kind="assistance", part=part))


def receipt(part: Literal["request", "answer"], signer: Signer, index: int, at: datetime) -> bytes:
    """The receipt of one side for the sealed words of a part."""
    opening = Opening(
        actor="partner-exchange",
        content=content_hash(words(part)),
        subject="",
        time=f"{at:%Y-%m-%dT%H:%M:%SZ}",
        type=REQUEST if part == "request" else ANSWER,
    )
    leaf = seal_leaf(opening, sha256(f"example {part} {index}".encode()).digest())
    log = signer.verifier.name.replace("/receipts", "/2026")
    promise = Promise(commit=leaf.commit, degraded=False, include_by=f"{at:%Y-%m-%dT%H}:31:30Z", index=index, log=log)
    return write_proof(make_receipt(promise, leaf, signer)).strip()


def request() -> SignedRequest:
    """The request, signed."""
    receipts = write_receipts([receipt("request", SENDERS_RECEIPTS, 4711, MADE)])
    made = SignedRequest("POST", URL, {"content-type": MEDIA_TYPE, RECEIPTS: receipts})
    said = {"created": SENT, "expires": SENT + LIFE, "nonce": "exampleexampleexample0001", "tag": TAG, "label": LABEL}
    SENDER.sign(made, OF_REQUEST, message(), **said)
    return _lowered(made)


def answer() -> SignedAnswer:
    """The answer, signed."""
    parts: tuple[Literal["request", "answer"], ...] = ("request", "answer")
    receipts = write_receipts(
        [receipt(part, RECEIVERS_RECEIPTS, 815 + place, SENT) for place, part in enumerate(parts)]
    )
    made = SignedAnswer(200, request(), {"content-type": MEDIA_TYPE, RECEIPTS: receipts})
    RECEIVER.sign(made, OF_ANSWER, reply(), created=ANSWERED, expires=ANSWERED + LIFE, tag=TAG, label=LABEL)
    made.headers = {name.lower(): value for name, value in made.headers.items()}
    return made


def base(sent: SignedRequest | SignedAnswer) -> str:
    """What is signed of a message (RFC 9421, 2.5)."""
    inner = sent.headers["signature-input"].removeprefix(f"{LABEL}=")
    asked = sent.request if isinstance(sent, SignedAnswer) else sent
    values = {
        '"@method"': asked.method,
        '"@target-uri"': asked.url,
        '"@method";req': asked.method,
        '"@target-uri";req': asked.url,
        f'"signature";req;key="{LABEL}"': asked.headers["signature"].removeprefix(f"{LABEL}="),
        '"@status"': str(getattr(sent, "status_code", "")),
        **{f'"{name}"': value for name, value in sent.headers.items()},
    }
    covered = re.findall(r'"[^"]+"(?:;req)?(?:;key="[^"]+")?', inner[1 : inner.index(")")])
    return "\n".join([*(f"{one}: {values[one]}".rstrip() for one in covered), f'"@signature-params": {inner}'])


def blocks() -> dict[str, str]:
    """Every block of the page that is drawn, by name."""
    asked, told = request(), answer()
    order = ("content-type", "content-digest", RECEIPTS, "signature-input", "signature")
    return {
        "keys": "\n".join(
            [
                f"Betania, who sends   seed {bytes(range(32)).hex()}",
                f"                     public key {SENDER.public}",
                f"                     key id {SENDER.id}",
                f"                     receipts {SENDERS_RECEIPTS.verifier.vkey}",
                f"Alphaland            seed {bytes(range(1, 33)).hex()}",
                f"                     public key {RECEIVER.public}",
                f"                     key id {RECEIVER.id}",
                f"                     receipts {RECEIVERS_RECEIPTS.verifier.vkey}",
                f"SHA-256 of what is signed   request {sha256(base(asked).encode()).hexdigest()}",
                f"                            answer  {sha256(base(told).encode()).hexdigest()}",
            ]
        ),
        "request": "\n".join(
            [
                "POST /v1/exchange/messages HTTP/1.1",
                "host: customs.alphaland.example",
                *(f"{name}: {asked.headers[name]}" for name in order),
                "",
                message().decode(),
            ]
        ),
        "request base": base(asked).replace(asked.headers[RECEIPTS], SHORT),
        "words": words("request").decode(),
        "receipt": receipt("request", SENDERS_RECEIPTS, 4711, MADE).decode(),
        "answer": "\n".join(
            ["HTTP/1.1 200 OK", *(f"{name}: {told.headers[name]}" for name in order), "", reply().decode()]
        ),
        "answer base": base(told).replace(told.headers[RECEIPTS], SHORT),
    }


def drawn(page: str) -> str:
    """The page with its blocks drawn anew."""
    made = blocks()

    def again(found: re.Match[str]) -> str:
        return f"{found[1]}```{found[3]}\n{made[found[2]]}\n```"

    return re.sub(r"(<!-- example: ([\w ]+) -->\n)```(\w+)\n.*?```", again, page, flags=re.DOTALL)


def _lowered(made: SignedRequest) -> SignedRequest:
    made.headers = {name.lower(): value for name, value in made.headers.items()}
    return made


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
