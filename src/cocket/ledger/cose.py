# SPDX-License-Identifier: Apache-2.0
"""The same inclusion proof as a COSE Receipt, small and binary, for programs that speak SCITT.

A COSE signature covers other bytes than a note's: the bare root, under a header that names the log and the size of the
tree. So the log signs each head twice, in one act and with one key, and the second signature is a line of the
published checkpoint like any other: a COSE_Sign1 over the root. A receipt is that same Sign1 with the path put in; it
also carries the checkpoint's other lines and the opening, so that each encoding can be made of the other, offline.

No text in UTF-8 begins with the byte that begins what COSE signs (0x84); neither signature can pass for the other.
Source: RFC 9942 (COSE Receipts, RFC9162_SHA256), RFC 9052 (COSE_Sign1), RFC 9597 (claims in headers); C2SP signed-note.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from io import BytesIO
from typing import Any, NoReturn, TypeGuard, TypeVar

import cbor2
import msgspec

from cocket.errors import ProofError
from cocket.ledger.checkpoint import Checkpoint, read_checkpoint
from cocket.ledger.encoding import from_base64
from cocket.ledger.leaf import Opening, write_entry
from cocket.ledger.note import Signature, Signer, Verifier, sign_note, split_note
from cocket.ledger.receipt import Check, InclusionProof
from cocket.ledger.tree import HASH_LENGTH, leaf_hash, node_hash

#: Type of the checkpoint line that holds a COSE_Sign1 over the root; C2SP leaves 0xFF to others, with a name behind it.
LINE_TYPE = b"\xffcose-sign1-root"

_SIGN1 = 18
_ALG, _CRIT, _KID, _CLAIMS, _VDS, _VDP = 1, 2, 4, 15, 395, 396
_EDDSA, _ED25519 = -8, -19
_ISSUER = 1
_RFC9162_SHA256 = 1
_INCLUSION = -1
#: Labels of our own, from the range for private use: size of the tree (signed); lines of the note; the opened leaf.
_SIZE, _LINES, _LEAF = -65537, -65538, -65539

_T = TypeVar("_T")

#: Tags of which the decoder would make dates, patterns, or a list that holds itself: none has a place in a receipt.
_OBJECTS = (0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799)

_MOST_BYTES = 1 << 20
_MOST_DEPTH = 16
_MOST_HASHES = 64
_LARGEST = 2**53 - 1


class CoseReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """A COSE Receipt of inclusion, of any log; nothing in it is checked yet.

    Attributes:
        protected: The signed header, as it stands (CBOR).
        signature: The signature over the root.
        algorithm: COSE number of the signature algorithm.
        origin: Name of the log, the issuer claim; None if the header does not say.
        signed_size: Size of the tree as the signed header has it; None if it does not say.
        size: Size of the tree as the path has it; no signature covers it.
        index: Place of the entry, from 0.
        path: Hashes from the leaf up to the root, lowest first.
        kid: Id of the key; None if the header does not say.
        extras: The unsigned header by label.
    """

    protected: bytes
    signature: bytes
    algorithm: int
    origin: str | None
    signed_size: int | None
    size: int
    index: int
    path: tuple[bytes, ...]
    kid: bytes | None
    extras: Mapping[Any, Any]

    def root(self, entry: bytes) -> bytes:
        """The root that the path leads to from an entry (32 bytes).

        Raises:
            ProofError: The path does not fit the place and size it states.

        Source: RFC 9942, Receipt of Inclusion; RFC 9162 §2.1.3.2.
        """
        if self.signed_size not in (None, self.size):
            raise ProofError(
                "The path is for a tree of a different size than the signed one.",
                code="proof-range",
                expected=str(self.signed_size),
                found=str(self.size),
            )
        return _lead_up(leaf_hash(entry), self.index, self.size, self.path)


def sign_head(checkpoint: Checkpoint, *signers: Signer) -> bytes:
    """Sign a head both ways: as a note, and as COSE_Sign1 over its root.

    Args:
        checkpoint: What to sign. Two heads of one size must never be signed: that is for the caller to keep.
        signers: Keys to sign with (1..n).

    Returns:
        The note to publish as `checkpoint`: the lines of the note's signatures, then those of COSE.

    Raises:
        ProofError: The head cannot be one, or nobody signs it.

    Source: C2SP tlog-checkpoint, signed-note; RFC 9942.
    """
    if read_checkpoint(checkpoint.text) != checkpoint:
        raise ProofError("The origin or an extension has more than one line.", code="checkpoint-form")
    return sign_note(checkpoint.text, signers, [sign_root(checkpoint, signer) for signer in signers])


def sign_root(checkpoint: Checkpoint, signer: Signer) -> Signature:
    """The line of a checkpoint that holds a COSE_Sign1 over its root.

    Args:
        checkpoint: The head.
        signer: The log's key.

    Returns:
        A signature line to put below the note's own; the same head and key give the same line.

    Source: RFC 9052 §4.4; C2SP signed-note, type 0xFF.
    """
    kid = line_id(signer.verifier)
    protected = cbor2.dumps(
        {
            _ALG: _EDDSA,
            _KID: bytes.fromhex(kid),
            _CLAIMS: {_ISSUER: checkpoint.origin},
            _VDS: _RFC9162_SHA256,
            _SIZE: checkpoint.size,
        }
    )
    signature = signer.sign(_to_sign(protected, checkpoint.root))
    return Signature(signer.verifier.name, kid, _sign1(protected, {}, signature))


def line_id(verifier: Verifier) -> str:
    """The key id under which a key signs roots in COSE, 8 hexadecimal digits.

    Source: C2SP signed-note, Signatures: the same key under another type has another id.
    """
    public = from_base64(verifier.vkey.split("+", 2)[2], "public key")[1:]
    return sha256(verifier.name.encode() + b"\n" + LINE_TYPE + public).hexdigest()[:8]


def write_cose(proof: InclusionProof) -> bytes:
    """An inclusion proof as a COSE Receipt (`application/cose`).

    Args:
        proof: The proof; it need not hold.

    Returns:
        A tagged COSE_Sign1 with detached payload, from which `read_cose` and `from_cose` give the same proof again.

    Raises:
        ProofError: Its checkpoint has no COSE signature, or is not one that a receipt can carry.

    Source: RFC 9942, RFC9162_SHA256, Receipt of Inclusion.
    """
    text, signatures = split_note(proof.checkpoint.encode("utf-8", "surrogatepass"))
    head = read_checkpoint(text)
    own = next((line for line in signatures if _of_root(line, head) is not None), None)
    if own is None:
        raise ProofError(
            "This head was not signed in COSE.", code="cose-unsigned", hint="Ask for a proof under a newer head."
        )
    if head.extensions:
        raise ProofError("A COSE receipt has no place for a head's extension lines.", code="checkpoint-form")
    protected, _, _, signature = _split_sign1(own.data)
    path = cbor2.dumps([head.size, proof.index, proof.path])
    opening = None if proof.opening is None else msgspec.to_builtins(proof.opening)
    unprotected = {
        _VDP: {_INCLUSION: [path]},
        _LINES: [None if line is own else [line.name, bytes.fromhex(line.key_id) + line.data] for line in signatures],
        _LEAF: [proof.commit, proof.nonce, opening],
    }
    return _sign1(protected, unprotected, signature)


def read_cose(data: bytes) -> CoseReceipt:
    """A COSE Receipt of inclusion in a tree of RFC 9162, of any log.

    Args:
        data: The receipt.

    Returns:
        Its parts, not yet checked.

    Raises:
        ProofError: It is no such receipt, or demands something that we do not understand.

    Source: RFC 9942; RFC 9052 §3.1 and §4.2.
    """
    protected, unprotected, payload, signature = _split_sign1(data)
    header = _map(_decode(protected), "protected header")
    if payload is not None:
        _refuse("Its payload is not detached.")
    if not _is_number(header.get(_VDS)) or header[_VDS] != _RFC9162_SHA256:
        _refuse("Its tree is not that of RFC 9162 with SHA-256.")
    understood = {_ALG, _CRIT, _KID, _CLAIMS, _VDS, _SIZE}
    critical = header.get(_CRIT, [])
    if not isinstance(critical, list) or not all(_is_label(one) and one in understood for one in critical):
        _refuse("It requires a header that is not supported.")
    proofs = _map(unprotected.get(_VDP), "verifiable data proofs").get(_INCLUSION)
    if not isinstance(proofs, list) or len(proofs) != 1 or not isinstance(proofs[0], bytes):
        _refuse("It does not contain exactly one inclusion proof.")
    size, index, path = _read_path(proofs[0])
    claims = _map(header.get(_CLAIMS, {}), "claims")
    return CoseReceipt(
        protected=protected,
        signature=signature,
        algorithm=_number(header.get(_ALG), "algorithm", low=-(2**31)),
        origin=_optional(claims.get(_ISSUER), str, "issuer"),
        signed_size=None if header.get(_SIZE) is None else _number(header[_SIZE], "signed size"),
        size=size,
        index=index,
        path=path,
        kid=_optional(header.get(_KID), bytes, "key id"),
        extras=unprotected,
    )


def verify_cose(receipt: CoseReceipt, entry: bytes, verifier: Verifier) -> bytes:
    """Check a COSE Receipt with a public key only; returns only if it holds.

    Args:
        receipt: The receipt.
        entry: The bytes that the log keeps of the record.
        verifier: The log's public key.

    Returns:
        The root that was signed (32 bytes).

    Raises:
        ProofError: With the reason.

    Source: RFC 9942, Receipt of Inclusion: first the path, then the signature over the root it leads to.
    """
    root = receipt.root(entry)
    if receipt.origin not in (None, verifier.name):
        raise ProofError("The receipt is from another log.", code="cose-issuer", expected=verifier.name)
    if receipt.algorithm not in (_EDDSA, _ED25519):
        raise ProofError("The receipt is not signed with Ed25519.", code="cose-algorithm", found=str(receipt.algorithm))
    if not verifier.signed(_to_sign(receipt.protected, root), receipt.signature):
        raise ProofError("The COSE signature does not verify with this key over this root.", code="cose-signature")
    return root


def from_cose(receipt: CoseReceipt) -> InclusionProof:
    """The inclusion proof in a COSE Receipt of ours.

    Args:
        receipt: The receipt.

    Returns:
        The proof, not yet checked; its checkpoint is put together again, line by line.

    Raises:
        ProofError: The receipt lacks the opened leaf or the lines of the checkpoint, or its path does not fit.

    Source: RFC 9942; C2SP tlog-checkpoint.
    """
    if receipt.origin is None or receipt.signed_size is None or receipt.kid is None:
        _refuse("Its signed header does not contain the log, its key and the size of its tree.")
    commit, nonce, opening = _read_leaf(receipt.extras.get(_LEAF))
    head = Checkpoint(receipt.origin, receipt.signed_size, receipt.root(write_entry(commit)))
    own = Signature(receipt.origin, receipt.kid.hex(), _sign1(receipt.protected, {}, receipt.signature))
    lines = "".join(line.line for line in _read_lines(receipt.extras.get(_LINES), own))
    checkpoint = f"{head.text}\n{lines}"
    text, _ = split_note(checkpoint.encode("utf-8", "surrogatepass"))
    if read_checkpoint(text) != head:
        _refuse("Its issuer cannot be the name of a log.")
    return InclusionProof(
        index=receipt.index, commit=commit, checkpoint=checkpoint, path=list(receipt.path), opening=opening, nonce=nonce
    )


def check_root_signature(checkpoint: str, verifier: Verifier) -> Check | None:
    """Whether the COSE signature below a checkpoint is the log's, over the root of that very checkpoint.

    Args:
        checkpoint: The signed head, as published.
        verifier: The log's public key.

    Returns:
        The check, by the name `cose`; None if the checkpoint has no such line, or is none. Where the log has signed in
        COSE, this key must be among those that did.

    Source: RFC 9052 §4.4; C2SP signed-note, Signatures: a line of a known key must hold.
    """
    try:
        text, signatures = split_note(checkpoint.encode("utf-8", "surrogatepass"))
        head = read_checkpoint(text)
    except ProofError:
        return None
    wanted = (verifier.name, line_id(verifier))
    keys = [line for line in signatures if (line.name, line.key_id) == wanted]
    if not keys and not any(_issuer(line) == head.origin for line in signatures):
        return None
    protected = _of_root(keys[0], head) if len(keys) == 1 else None
    if protected is None or not verifier.signed(_to_sign(protected, head.root), _split_sign1(keys[0].data)[3]):
        return Check("cose", "failed", f"The COSE signature of {verifier.name} does not verify over this root.")
    return Check("cose", "passed", f"{verifier.name} signed the same root in COSE.")


def _issuer(line: Signature) -> object:
    """Which log a line names as the issuer of a COSE_Sign1; None if it is none."""
    try:
        return _map(_map(_decode(_split_sign1(line.data)[0]), "protected header").get(_CLAIMS), "claims").get(_ISSUER)
    except ProofError:
        return None


def _of_root(line: Signature, head: Checkpoint) -> bytes | None:
    """The signed header of a line that is a COSE_Sign1 for this head; None for any other line."""
    try:
        protected, unprotected, payload, _ = _split_sign1(line.data)
        header = _map(_decode(protected), "protected header")
    except ProofError:
        return None
    said = (header.get(_ALG), header.get(_VDS), header.get(_SIZE), header.get(_KID), header.get(_CLAIMS))
    due = (_EDDSA, _RFC9162_SHA256, head.size, bytes.fromhex(line.key_id), {_ISSUER: head.origin})
    is_own = said == due and not unprotected and payload is None and line.name == head.origin
    return protected if is_own and set(header) == {_ALG, _VDS, _SIZE, _KID, _CLAIMS} else None


def _to_sign(protected: bytes, root: bytes) -> bytes:
    """What COSE signs over a root (RFC 9052 §4.4)."""
    return cbor2.dumps(["Signature1", protected, b"", root])


def _sign1(protected: bytes, unprotected: dict[Any, Any], signature: bytes) -> bytes:
    try:
        return cbor2.dumps(cbor2.CBORTag(_SIGN1, [protected, unprotected, None, signature]))
    except UnicodeEncodeError as error:
        raise ProofError("The opening contains text that is not Unicode.", code="opening-text") from error


def _split_sign1(data: bytes) -> tuple[bytes, dict[Any, Any], object, bytes]:
    """Signed header, unsigned header, payload and signature of a tagged COSE_Sign1."""
    tagged = _decode(data)
    parts = tagged.value if isinstance(tagged, cbor2.CBORTag) and tagged.tag == _SIGN1 else None
    if not isinstance(parts, list) or len(parts) != 4:
        _refuse("It is not a tagged COSE_Sign1.")
    protected, unprotected, payload, signature = parts
    if not isinstance(protected, bytes) or not isinstance(signature, bytes):
        _refuse("Its signed header or its signature is not a byte string.")
    return protected, _map(unprotected, "unprotected header"), payload, signature


def _decode(data: bytes) -> Any:
    """One item of CBOR and nothing behind it; no item of indefinite length, no key twice."""
    if len(data) > _MOST_BYTES:
        _refuse(f"It is longer than {_MOST_BYTES} bytes.")
    stream = BytesIO(data)
    try:
        decoder = cbor2.CBORDecoder(
            stream,
            max_depth=_MOST_DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
            semantic_decoders=dict.fromkeys(_OBJECTS, _refuse_object),
            read_size=1,
        )
        item = decoder.decode()
    except cbor2.CBORError as error:
        raise ProofError(f"This is not a COSE receipt: {error}.", code="cose-form") from error
    if stream.read(1):
        _refuse("It is followed by extra data.")
    return _plain(item)


def _refuse_object(*_: object) -> NoReturn:
    """What the decoder calls for a tag that has no place here; it makes an error of its own of this."""
    raise ValueError


def _plain(item: Any) -> Any:
    """The same item with plain lists and maps: below a tag the decoder gives those that cannot be changed."""
    if isinstance(item, cbor2.CBORTag):
        return cbor2.CBORTag(item.tag, _plain(item.value))
    if isinstance(item, list | tuple):
        return [_plain(one) for one in item]
    if isinstance(item, Mapping):
        return {key: _plain(value) for key, value in item.items()}
    if item is not None and not isinstance(item, int | float | str | bytes):
        _refuse("It contains an unexpected value.")
    return item


def _read_path(data: bytes) -> tuple[int, int, tuple[bytes, ...]]:
    parts = _decode(data)
    if not isinstance(parts, list) or len(parts) != 3 or not isinstance(parts[2], list):
        _refuse("Its inclusion proof is not size, index and path.")
    size, index, path = parts
    if len(path) > _MOST_HASHES or not all(isinstance(one, bytes) and len(one) == HASH_LENGTH for one in path):
        _refuse("Its path is not made of at most 64 hashes of 32 bytes.")
    return _number(size, "size"), _number(index, "index"), tuple(path)


def _read_leaf(parts: object) -> tuple[bytes, bytes | None, Opening | None]:
    if (
        not isinstance(parts, list)
        or len(parts) != 3
        or not isinstance(parts[0], bytes)
        or len(parts[0]) != HASH_LENGTH
    ):
        _refuse("It does not state its entry.")
    commit, nonce, opening = parts
    try:
        opened = msgspec.convert(opening, Opening | None)
    except msgspec.ValidationError as error:
        raise ProofError(f"Its opening is malformed: {error}.", code="cose-form") from error
    return commit, _optional(nonce, bytes, "nonce"), opened


def _read_lines(lines: object, own: Signature) -> Iterable[Signature]:
    """The lines of the note in their order; None stands for the receipt's own."""
    if not isinstance(lines, list) or lines.count(None) != 1:
        _refuse("It does not contain the lines of its checkpoint.")
    for line in lines:
        if line is None:
            yield own
        elif isinstance(line, list) and [type(part) for part in line] == [str, bytes]:
            yield Signature(line[0], line[1][:4].hex(), line[1][4:])
        else:
            _refuse("A line of its checkpoint is malformed.")


def _lead_up(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root that a path leads to (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        raise ProofError("The entry is not in a tree of that size.", code="proof-range", found=str(index))
    node, place, last = leaf, index, size - 1
    for sibling in path:
        if last == 0:
            raise ProofError("The proof is too long.", code="proof-length")
        if place % 2 or place == last:
            node = node_hash(sibling, node)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofError("The proof is too short.", code="proof-length")
    return node


def _map(value: object, what: str) -> dict[Any, Any]:
    if not isinstance(value, dict):
        _refuse(f"Its {what} is not a map.")
    return value


def _number(value: object, what: str, low: int = 0) -> int:
    if not _is_number(value) or not low <= value <= _LARGEST:
        _refuse(f"Its {what} is not a valid number.")
    return value


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_label(value: object) -> bool:
    return isinstance(value, str) or _is_number(value)


def _optional(value: object, kind: type[_T], what: str) -> _T | None:
    if value is not None and not isinstance(value, kind):
        _refuse(f"Its {what} is of the wrong type.")
    return value


def _refuse(reason: str) -> NoReturn:
    raise ProofError(f"This is not a supported COSE receipt of inclusion. {reason}", code="cose-form")
