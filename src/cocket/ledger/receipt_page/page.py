# SPDX-License-Identifier: Apache-2.0
"""The two pages put together: templates, texts of a language, and a policy that lets nothing be loaded or sent."""

from __future__ import annotations

import json
from collections.abc import Iterable
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template

from cocket.errors import ProofError
from cocket.ledger.checkpoint import open_checkpoint
from cocket.ledger.codes import to_codes
from cocket.ledger.encoding import to_base64
from cocket.ledger.forms import compact, verify_form
from cocket.ledger.note import Verifier
from cocket.ledger.receipt import InclusionProof, write_proof

LANGUAGES = ("en", "fr", "es", "ar")

#: Those that are written from right to left.
_FROM_THE_RIGHT = frozenset({"ar"})

_PACKAGE = "cocket.ledger.receipt_page"


def write_receipt_page(proof: InclusionProof, log_vkey: str, language: str = "en") -> str:
    """A receipt as one page to keep.

    Args:
        proof: The proof; one that does not hold gets no page.
        log_vkey: The log's public key, as a vkey line.
        language: One of `LANGUAGES`.

    Returns:
        A whole HTML file: the facts, the proof as one or more QR codes, and the verifier with the proof in it.

    Raises:
        ProofError: The proof does not hold, or there are no texts in that language.

    Source: C2SP tlog-proof; RFC 9942; ISO/IEC 18004, byte capacity of the versions.
    """
    verdict = verify_form(proof, log_vkey)
    if not verdict.holds:
        failed = " ".join(check.reason for check in verdict.checks if check.outcome == "failed")
        raise ProofError(f"No page is written for an invalid proof. {failed}", code="page-proof")
    texts = _texts(language)
    codes = to_codes(compact(proof))
    codes_text = texts["codes-one" if len(codes) == 1 else "codes-many"].format(count=len(codes))
    return _fill(
        "receipt.html",
        texts,
        language,
        facts="".join(
            f"<dt>{escape(name)}</dt><dd{kind}>{escape(value)}</dd>"
            for name, value, kind in _facts(proof, log_vkey, texts)
        ),
        codes_text=escape(codes_text),
        codes="".join(
            _figure(code, texts["code-caption"].format(part=at, count=len(codes))) for at, code in enumerate(codes, 1)
        ),
        key=escape(log_vkey),
        proof=_data(write_proof(proof).decode().strip()),
    )


def write_verifier_page(language: str = "en", log_vkeys: Iterable[str] = ()) -> str:
    """The verifier alone, for receipts and proofs of any form.

    Args:
        language: One of `LANGUAGES`.
        log_vkeys: Public keys to put in beforehand, as vkey lines (0..n).

    Returns:
        A whole HTML file.

    Raises:
        ProofError: There are no texts in that language.

    Source: C2SP tlog-proof; RFC 9942.
    """
    return _fill("verifier.html", _texts(language), language, key=escape("\n".join(log_vkeys)))


def _facts(proof: InclusionProof, log_vkey: str, texts: dict[str, str]) -> Iterable[tuple[str, str, str]]:
    """What the receipt is about: label, value and, of what is not for people, the class."""
    log = Verifier.from_vkey(log_vkey)
    head, _ = open_checkpoint(proof.checkpoint.encode(), [log])
    code = ' class="code" dir="ltr"'
    for name in ("type", "time", "actor", "subject", "content"):
        value = texts["withheld-fact"] if proof.opening is None else getattr(proof.opening, name)
        if value:
            yield texts[f"fact-{name}"], value, code if name in ("subject", "content") and proof.opening else ""
    yield texts["fact-log"], head.origin, ""
    yield texts["fact-index"], str(proof.index), ""
    yield texts["fact-head"], texts["head-size"].format(size=head.size), ""
    yield texts["fact-root"], head.root.hex(), code
    yield texts["fact-key"], f"{log.name}+{log.key_id}", code


def _figure(code: str, caption: str) -> str:
    import segno

    picture = segno.make(code, error="m", boost_error=False, micro=False)
    svg = picture.svg_inline(border=4, omitsize=True, title=caption).replace("<svg ", '<svg role="img" ', 1)
    return f"<figure>{svg}<figcaption>{escape(caption)}</figcaption></figure>"


def _fill(template: str, texts: dict[str, str], language: str, **values: str) -> str:
    """A template with texts, style, scripts and the policy that allows just these."""
    style, verify, wiring = _file("page.css"), _file("verify.js"), _file("wiring.js")
    policy = (
        f"default-src 'none'; style-src {_source(style)}; script-src {_source(verify)} {_source(wiring)}; "
        "base-uri 'none'; form-action 'none'"
    )
    return Template(_file(template)).substitute(
        {f"t_{name}": escape(text) for name, text in texts.items() if "-" not in name},
        language=language,
        direction="rtl" if language in _FROM_THE_RIGHT else "ltr",
        policy=policy,
        style=style,
        verify=verify,
        wiring=wiring,
        texts=_data(json.dumps(texts, ensure_ascii=False)),
        proved=_list(texts, "proved"),
        unproved=_list(texts, "unproved"),
        **values,
    )


def _list(texts: dict[str, str], name: str) -> str:
    return "".join(f"<li>{escape(texts[f'{name}-{number}'])}</li>" for number in (1, 2, 3))


def _data(text: str) -> str:
    """JSON that can stand in a script element: no sign in it can end the element."""
    return text.replace("<", "\\u003c")


def _source(text: str) -> str:
    """How a policy names what stands in the page itself."""
    return f"'sha256-{to_base64(sha256(text.encode()).digest())}'"


def _texts(language: str) -> dict[str, str]:
    if language not in LANGUAGES:
        raise ProofError(
            "There are no texts in this language.", code="page-language", expected=", ".join(LANGUAGES), found=language
        )
    texts: dict[str, str] = json.loads(_file(f"{language}.json"))
    return texts


def _file(name: str) -> str:
    return files(_PACKAGE).joinpath(name).read_text("utf-8")
