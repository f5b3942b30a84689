# SPDX-License-Identifier: Apache-2.0
"""Codes of paper forms read from a photo or a scan: tilted, blurred, several in one picture."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

from cocket.errors import SenderError, SettingsError
from cocket.exchange.office_packs import FORM_PREFIX

#: Most pixels of a picture, and most codes that are read in one (counts).
_MOST_PIXELS: Final = 60_000_000
_MOST_CODES: Final = 20

#: Most pages of a scan that are read (count).
_MOST_PAGES: Final = 20

#: Longest side to which a picture is brought first, and once more where a code is there and cannot be read (pixels).
_EDGE: Final = 2_400
_FINE_EDGE: Final = 4_000

#: What a picture that is broken on the way may raise.
_BROKEN: Final = (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, OverflowError, ZeroDivisionError)


class PaperPhoto(NamedTuple):
    """What was read from a picture.

    Attributes:
        codes: Codes of paper forms, each once, from the top (0..20).
        slips: Results that laptops printed as codes, as bytes, each once (0..20).
        foreign: Other codes (count).
        unreadable: Codes that were seen but not read (count).
    """

    codes: tuple[str, ...]
    slips: tuple[bytes, ...]
    foreign: int
    unreadable: int


def is_picture(content: bytes) -> bool:
    """Whether a file is a picture of a kind that is read, by its first bytes."""
    return content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00", b"MM\x00*")) or (
        content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    )


def read_paper_photo(content: bytes) -> PaperPhoto:
    """Codes of forms in a photo or a scan.

    Args:
        content: JPEG, PNG, WebP or TIFF, at most 60 million pixels.

    Raises:
        SenderError: It is no such picture, or no code of a form can be read in it.
        SettingsError: The package that reads codes is not installed.
    """
    try:
        import zxingcpp
        from PIL import Image, ImageSequence
    except ImportError as error:
        raise SettingsError(
            "This installation does not read photos of paper forms.",
            code="photos-not-installed",
            hint="Install cocket[server,photos], or enter the form by its code.",
        ) from error
    if not is_picture(content):
        raise SenderError("This is not a photo: only JPEG, PNG, WebP and TIFF are read.", code="photo-type")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP", "TIFF")) as opened:
                opened.draft("L", (_FINE_EDGE, _FINE_EDGE))
                pages = [_grey(page) for page in islice(ImageSequence.Iterator(opened), _MOST_PAGES)]
    except (*_BROKEN, Image.DecompressionBombError, MemoryError) as error:
        raise SenderError("The photo cannot be opened: its file is damaged.", code="photo-damaged") from error
    texts: dict[bytes, None] = {}
    unreadable = 0
    for page in pages:
        seen_most, here = 0, dict[bytes, None]()
        for at, picture in enumerate(_tries(page)):
            seen = zxingcpp.read_barcodes(
                picture, formats=zxingcpp.barcode_formats_from_str("QRCode"), return_errors=True
            )
            here |= {bytes(one.bytes): None for one in seen if one.valid}
            seen_most = max(seen_most, len(seen))
            if at > 0 and here and seen_most <= len(here):
                break
        unreadable += max(0, seen_most - len(here))
        texts |= here
    return _told(tuple(texts)[:_MOST_CODES], unreadable)


def _told(texts: tuple[bytes, ...], unreadable: int) -> PaperPhoto:
    codes = [text.decode("ascii", "replace") for text in texts if text.upper().startswith(FORM_PREFIX.encode())]
    slips = [text for text in texts if text.startswith(b'{"kind":"office-results"')]
    foreign = len(texts) - len(codes) - len(slips)
    if not codes and not slips:
        if unreadable:
            message = "There is a code in the photo, but it cannot be read: take it again, closer, sharp and flat."
            raise SenderError(message, code="photo-unreadable", found=str(unreadable))
        if foreign:
            raise SenderError(
                "The code in the photo is not that of a paper form.", code="photo-foreign", found=str(foreign)
            )
        raise SenderError(
            "No code is seen in the photo: take it again, sharp, with the whole form in it; or enter its code.",
            code="photo-no-code",
        )
    return PaperPhoto(tuple(one[len(FORM_PREFIX) :] for one in codes), tuple(slips), foreign, unreadable)


def _grey(page: Any) -> Any:
    """A page in grey, transparency as white.

    Raises:
        SenderError: It has too many pixels.
    """
    from PIL import Image

    if page.width * page.height > _MOST_PIXELS:
        raise SenderError("The photo has too many pixels.", code="photo-pixels", found=f"{page.width} × {page.height}")
    if page.mode not in ("P", "PA", "LA", "RGBA"):
        return page.convert("L")
    over = page.convert("RGBA")
    paper = Image.new("RGBA", over.size, "white")
    paper.alpha_composite(over)
    return paper.convert("L")


def _tries(whole: Any) -> Iterator[Any]:
    """The picture as it is read, one way after the other: smaller, finer, with more contrast, sharper, and turned a little."""
    from PIL import ImageFilter, ImageOps

    first = whole.copy()
    first.thumbnail((_EDGE, _EDGE))
    yield first
    fine = whole.copy()
    fine.thumbnail((_FINE_EDGE, _FINE_EDGE))
    yield fine
    even = ImageOps.autocontrast(first, cutoff=1)
    yield even
    yield even.filter(ImageFilter.UnsharpMask(radius=4, percent=250, threshold=0))
    yield even.filter(ImageFilter.UnsharpMask(radius=9, percent=300, threshold=0))
    if max(first.size) <= _EDGE // 2:
        yield even.resize((even.width * 2, even.height * 2))
    yield even.rotate(20, expand=True, fillcolor=255)
