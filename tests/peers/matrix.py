# SPDX-License-Identifier: Apache-2.0
"""Every form that the command line issues, in every state, before verifiers that are not ours: what each of them says.

The certificates are issued, suspended and shown by the commands that a user types; the verifiers get them, and what was
published, as files. `python scripts/draw_verifiers.py` draws the page of the reference from it.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from cocket.cli import app
from cocket.credentials import PublicKey, SigningKey, subject_of
from cocket.credentials.tokens import sign_token
from cocket.pipeline.base.secret_files import read_secret
from tests.cli.commands.test_people import cocket
from tests.credentials.made import as_bytes, operator
from tests.exchange.authority import authority, make_authority
from tests.ledger.logs import grown
from tests.peers.node_peers import run_all

DID = "did:web:customs-a.invalid"
LATER = "2100-06-01T00:00:00Z"
NONCE, AUDIENCE = "7f3a91c4", "https://port.example"

#: Form of what is not a certificate.
STAMP = "timestamp"

#: States in which a verifier should accept what it is shown.
GOOD = frozenset({"good", "key changed", "bound"})


@dataclass(frozen=True)
class Shown:
    """What is handed to a verifier.

    Attributes:
        form: `vc`, `vc-selective` or `sd-jwt`.
        state: One of the states of the table.
        text: The certificate as it is shown.
        published: What the issuer publishes, by its address; DID documents by the DID.
        now: The moment of verifying; None for the present.
        holder: Public key of who shows it; None where it is bound to nobody.
        nonce: What the verifier gave.
        audience: As whom the verifier is known.
    """

    form: str
    state: str
    text: str
    published: Mapping[str, str]
    now: str | None = None
    holder: dict[str, str] | None = None
    nonce: str = NONCE
    audience: str = AUDIENCE

    def document(self, name: str) -> Any:
        """A published document, as JSON."""
        return json.loads(self.published[name])

    @property
    def known(self) -> dict[str, Any]:
        """Documents, lists and keys by their addresses, as verifiers of JSON ask for them."""
        own = self.document(DID)
        lists = {name: json.loads(text) for name, text in self.published.items() if name.endswith(".json")}
        context = {"@context": "https://w3id.org/security/multikey/v1"}
        return {DID: own, **lists, **{one["id"]: context | one for one in own["verificationMethod"]}}

    def signer(self, token: str) -> dict[str, str]:
        """The key that the header of a token names, as JWK."""
        head = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
        (text,) = [m["publicKeyMultibase"] for m in self.document(DID)["verificationMethod"] if m["id"] == head["kid"]]
        return PublicKey.from_multikey(text).jwk


# ── The verifiers ─────────────────────────────────────────────────────────────────────────────────────────────────────


def ours(shown: list[Shown], folder: Path) -> list[bool]:
    """`cocket credential verify`."""
    return [_ours(one, folder) for one in shown]


def _ours(shown: Shown, folder: Path) -> bool:
    words = ["verify", str(_file(folder, "shown", shown.text))]
    for number, text in enumerate(shown.published.values()):
        words += ["--known", str(_file(folder, f"known-{number}", text))]
    words += ["--on", shown.now.removesuffix("Z")] if shown.now else []
    words += ["--nonce", shown.nonce, "--audience", shown.audience] if shown.holder else []
    return _typed(words).exit_code == 0


def digital_bazaar(shown: list[Shown], _: Path) -> list[bool]:
    found = run_all("verify-vc.mjs", [_as_json(one) for one in shown])
    asked = ["isSigned" if one.state == "expired" else "isValid" for one in shown]
    return [bool(one[name]) for one, name in zip(found, asked, strict=True)]


def trustvc(shown: list[Shown], _: Path) -> list[bool]:
    return [bool(one["isValid"]) for one in run_all("verify-tradetrust.mjs", [_as_json(one) for one in shown])]


def sd_jwt_js(shown: list[Shown], _: Path) -> list[bool]:
    given = []
    for one in shown:
        token = next(text for name, text in one.published.items() if name.endswith(".jwt"))
        case = {"presented": one.text, "jwk": one.signer(one.text), "list": token, "listJwk": one.signer(token)}
        case |= {"asked": ["number"], "now": one.now}
        given.append(case | ({"holder": one.holder, "nonce": one.nonce} if one.holder else {}))
    return [
        bool(said["isValid"]) and (not one.holder or (said["isBound"] and said["audience"] == one.audience))
        for one, said in zip(shown, run_all("verify-sd-jwt.mjs", given), strict=True)
    ]


def jose(shown: list[Shown], _: Path) -> list[bool]:
    given = []
    for one in shown:
        asked = {"holder": one.holder, "nonce": one.nonce, "audience": one.audience} if one.holder else {}
        given.append({"presented": one.text, "jwk": one.signer(one.text), "now": one.now} | asked)
    return [bool(said["isValid"]) for said in run_all("verify-jose.mjs", given)]


def openvc(shown: list[Shown], _: Path) -> list[bool]:
    given = [
        {
            "form": one.form,
            "text": one.text,
            "published": dict(one.published),
            "now": one.now,
            "asked": [one.nonce, one.audience] if one.holder else None,
        }
        for one in shown
    ]
    program = Path(__file__).parent / "python" / "verify_openvc.py"
    done = subprocess.run(
        [os.environ["OPENVC"], program], input=json.dumps(given), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [bool(one["isValid"]) for one in json.loads(done.stdout)]


Ask = Callable[[list[Shown], Path], list[bool]]

#: Form → verifier as the page names it → how it is asked.
VERIFIERS: dict[str, dict[str, Ask]] = {
    "vc": {"cocket": ours, "@digitalbazaar/vc": digital_bazaar, "@trustvc/trustvc": trustvc, "openvc-core": openvc},
    "vc-selective": {"cocket": ours, "@digitalbazaar/vc": digital_bazaar, "@trustvc/trustvc": trustvc, "openvc-core": openvc},
    "sd-jwt": {"cocket": ours, "@sd-jwt/sd-jwt-vc": sd_jwt_js, "jose": jose, "openvc-core": openvc},
}  # fmt: skip


def asked() -> list[tuple[str, str]]:
    """Form and verifier of every row that can be filled here: openvc-core where `OPENVC` names its Python."""
    all_of_them = [(form, name) for form, verifiers in VERIFIERS.items() for name in verifiers]
    all_of_them += [(STAMP, name) for name in ("cocket", "openssl ts")]
    return [one for one in all_of_them if one[1] != "openvc-core" or "OPENVC" in os.environ]


def row(shown: list[Shown], form: str, name: str, folder: Path) -> dict[str, str]:
    """What a verifier says of a form, by state."""
    cases = [one for one in shown if one.form == form]
    answers = zip(cases, VERIFIERS[form][name](cases, folder), strict=True)
    return {one.state: said(one.state, is_accepted) for one, is_accepted in answers}


def _as_json(shown: Shown) -> dict[str, Any]:
    return {"document": json.loads(shown.text), "known": shown.known, "now": shown.now}


def _typed(words: list[str]) -> Result:
    """A command of the group `cocket credential`, typed."""
    return CliRunner().invoke(app, ["credential", *words])


def said(state: str, is_accepted: bool) -> str:
    """A cell of the table."""
    if state in GOOD:
        return "accepts" if is_accepted else "cannot read it"
    return "does not see it" if is_accepted else "refuses"


def _file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def stamps(folder: Path) -> dict[str, dict[str, str]]:
    """The same of timestamps by verifier: made by `cocket anchor stamp` at an authority that sends a chain of certificates."""
    log, kept, other = folder / "log", folder / "stamps", folder / "other.pem"
    for name, data in grown([7]).items():
        (log / name).parent.mkdir(parents=True, exist_ok=True)
        (log / name).write_bytes(data)
    roots = folder / "tsa.pem"
    with authority(folder / "tsa", chain=("between",)) as running:
        roots.write_bytes(running.roots)
        words = ["--tsa", running.url, "--roots", str(roots), "--to", str(kept)]
        done = cocket("anchor", "stamp", str(log), "--key", str(log / "key.vkey"), *words)
    assert done.returncode == 0, done.stderr
    other.write_bytes(make_authority(folder / "other"))
    head, stamp = kept / "7.checkpoint", kept / "7.tsr"
    changed = _file(folder, "changed.checkpoint", head.read_text().replace("\n7\n", "\n8\n"))
    cases = {"good": (head, roots), "altered": (changed, roots), "another's key": (head, other)}

    def command(data: Path, trusted: Path) -> bool:
        return cocket("anchor", "verify-stamp", str(data), str(stamp), "--roots", str(trusted)).returncode == 0

    def openssl(data: Path, trusted: Path) -> bool:
        words = ["openssl", "ts", "-verify", "-data", data, "-in", stamp, "-CAfile", trusted]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0

    return {
        name: {state: said(state, ask(*case)) for state, case in cases.items()}
        for name, ask in (("cocket", command), ("openssl ts", openssl))
    }


# ── What they are shown ───────────────────────────────────────────────────────────────────────────────────────────────


def everything_shown(place: Mapping[str, str], folder: Path) -> list[Shown]:
    """Every form in every state, made by an instance with the commands of its users.

    Args:
        place: Where the instance is, as settings of the environment.
        folder: An empty folder.
    """
    maker = _Maker(place, folder)
    before: dict[tuple[str, str], str] = {}
    for number, state in enumerate(("good", "suspended", "withdrawn")):
        for form in ("vc", "vc-selective", "sd-jwt"):
            before[form, state] = maker.issued(form, f"AA-{17 + number}")
    maker.holder("holder")
    maker.holder("other")
    bound = maker.issued("sd-jwt", "AA-20", "holder")
    maker.do("suspend", "AA:AEO-F/AA-18", "--reason", "books refused")
    maker.do("withdraw", "AA:AEO-F/AA-19", "--reason", "convicted", "--yes")
    published = maker.published()
    made = [Shown(form, state, text, published) for (form, state), text in before.items()]
    for form in ("vc", "vc-selective", "sd-jwt"):
        good = before[form, "good"]
        made += [Shown(form, "altered", altered(good), published), Shown(form, "expired", good, published, LATER)]
    holder = maker.public("holder")
    answers = {
        "bound": maker.presented(bound, "holder", NONCE, AUDIENCE),
        "another nonce": maker.presented(bound, "holder", "0000", AUDIENCE),
        "another audience": maker.presented(bound, "holder", NONCE, "https://thief.example"),
    }
    answers["another's key"] = maker.signed_again(answers["bound"], "other")
    made += [Shown("sd-jwt", state, text, published, holder=holder) for state, text in answers.items()]
    maker.do("rotate")
    after = maker.published()
    made += [Shown(form, "key changed", before[form, "good"], after) for form in ("vc", "vc-selective", "sd-jwt")]
    return made


def altered(text: str) -> str:
    """The same with another number in it."""
    if text.startswith("{"):
        return text.replace('"AA-17"', '"AA-18"')
    token, *disclosures, end = text.split("~")
    changed = [base64.urlsafe_b64decode(one + "==").replace(b'"AA-17"', b'"AA-18"') for one in disclosures]
    return "~".join([token, *(base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in changed), end])


class _Maker:
    """Types commands at an instance."""

    def __init__(self, place: Mapping[str, str], folder: Path) -> None:
        self._place, self._folder = place, folder

    def do(self, *words: str) -> str:
        at = [] if words[0] in ("key", "present") else ["--home", self._place["COCKET_HOME"]]
        done = _typed([*words, *at])
        assert done.exit_code == 0, (words, done.output, done.exception)
        return done.stdout.strip()

    def issued(self, form: str, number: str, holder: str = "") -> str:
        """A certificate as its holder shows it: the number, and who the trader is."""
        says = _file(self._folder, "trader.json", as_bytes(subject_of(operator(number=number))).decode())
        words = ["issue", "aeo", str(says), "--form", form, "--until", "2099-12-31"]
        text = self.do(*words, *(["--holder", str(self._folder / f"{holder}.jwk")] if holder else []))
        if form == "vc" or holder:
            return text
        shows = ("number", "trader") if form == "sd-jwt" else ("/credentialSubject/number", "/credentialSubject/trader")
        return self.do(
            "present", str(_file(self._folder, "held", text)), *(w for one in shows for w in ("--show", one))
        )

    def holder(self, name: str) -> None:
        _file(self._folder, f"{name}.jwk", self.do("key", str(self._folder / f"{name}.key")))

    def public(self, name: str) -> dict[str, str]:
        return dict(json.loads((self._folder / f"{name}.jwk").read_bytes()))

    def presented(self, held: str, holder: str, nonce: str, audience: str) -> str:
        words = ["--show", "number", "--key", str(self._folder / f"{holder}.key"), "--nonce", nonce]
        return self.do("present", str(_file(self._folder, "held", held)), *words, "--audience", audience)

    def signed_again(self, shown: str, by: str) -> str:
        """The same answer signed by another key, as a thief would do it: the command refuses to."""
        before, _, answer = shown.rpartition("~")
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in answer.split(".")[:2])
        key = SigningKey("P-256", read_secret(self._folder / f"{by}.key"))
        return f"{before}~{sign_token(header, claims, key)}"

    def published(self) -> dict[str, str]:
        """What the issuer publishes, by its address."""
        www = self._folder / "www"
        self.do("publish", str(www))
        lists = {
            f"https://{DID.removeprefix('did:web:')}/credentials/{path.name}": path
            for path in (www / "credentials").iterdir()
        }
        return {DID: (www / ".well-known" / "did.json").read_text()} | {
            name: path.read_text() for name, path in lists.items()
        }
