# SPDX-License-Identifier: Apache-2.0
"""A published UN/EDIFACT directory → the tables of this room: which segments a message has, which elements a segment.

Read is the text form of the directories, as one zip with zips in it or as files: the segment tables of the messages
(EDMD) and the segment directory (EDSD). Names and definitions are passed over; what is kept are the facts that a reader
needs: order, grouping, status, repeats and formats.

Source: UN/EDIFACT directories D.95B to D.24A, part 2 (UNTDED and ISO 9735 for the notation).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

from cocket.errors import SenderError

#: What a directory may measure unpacked, and how deep zips may be nested.
_SIZE = 64 * 1024 * 1024
_DEPTH = 2

_MARK = r"[*+#|X-]{0,3}"
_SEGMENT_LINE = re.compile(rf"\d{{4,5}}[ ]*{_MARK}[ ]+{_MARK}[ ]*([A-Z]{{3}})[ ].*?[ ]([MC])[ ]+(\d+)(?:[ ]*)(.*)")
_GROUP_LINE = re.compile(rf"\d{{4,5}}[ ]*{_MARK}[ ]+{_MARK}[ ]*\S+[ ]+Segment group[ ]+(\d+).*?[ ]([MC])[ ]+(\d+)(.*)")
#: Corners of the frames on the right of the printed tables, each of which closes a group; code page 437 read as Latin-1.
_CORNERS = re.compile("[+\u00d9\u00c1\u00b4]")

_SECTION = re.compile(rf"^[ ]{{2,}}{_MARK}[ ]*([A-Z]{{3}})[ ]{{2,}}[A-Z]", re.MULTILINE)
_ELEMENT = re.compile(
    rf"(\d{{3}})[ ]+{_MARK}[ ]*(\d{{4}}|[CES]\d{{3}})[ ](.*?)(?:[ ]([MC])(?:[ ]+(\d+))?(?:[ ]+(an?|n)(\.\.)?(\d+))?)?\s*"
)
_COMPONENT = re.compile(rf"[ ]{{4,}}{_MARK}[ ]*(\d{{4}})[ ](.*?)(?:[ ]([MC])[ ]+(an?|n)(\.\.)?(\d+))?\s*")


def tables_of(data: bytes, messages: tuple[str, ...]) -> str:
    """The tables of a directory, in the notation of `tables`.

    Args:
        data: The directory as its publisher's zip.
        messages: Types of the messages wanted, such as `CUSCAR`.

    Returns:
        One line for each message found and for each segment these use.

    Raises:
        SenderError: It is no such zip, names no release, or has no message wanted.

    Source: UN/EDIFACT directories, the files EDMD and EDSD (before D.97A: TRMD and TRSD).
    """
    release, structures, segments = "", dict[str, str](), dict[str, str]()
    for name, text in _files(data, 0, [_SIZE]):
        kind = re.search(r"(\w{6})_D\.(\d\d[A-C])$", name.upper())
        if kind and kind[1] in messages:
            release = kind[2]
            structures[kind[1]] = structure_of(text)
        elif re.search(r"(?:TRSD|EDSD)\.\d\d[A-C]$", name.upper()):
            segments |= dict(segments_of(text))
    if not structures or not segments:
        raise SenderError("This is not a UN/EDIFACT directory with supported messages.", expected=", ".join(messages))
    used = {tag for structure in structures.values() for tag in re.findall(r"\b[A-Z]{3}\b", structure)}
    lines = [f"message {name} {release}: {structure}" for name, structure in sorted(structures.items())]
    lines += [f"segment {tag} {release}: {segments[tag]}" for tag in sorted(used & segments.keys())]
    return "\n".join(lines) + "\n"


def structure_of(text: str) -> str:
    """The segment table of a message as `UNH M1 BGM M1 1:C9(TDT M1 LOC C9) …`.

    Args:
        text: Page of the message in its directory.

    Source: UN/EDIFACT directories, message type specification, section 4.3.
    """
    parts, depth = list[str](), 0
    for line in text.splitlines():
        group = _GROUP_LINE.match(line)
        if group:
            parts.append(f"{group[1]}:{group[2]}{group[3]}(")
            depth += 1
            continue
        segment = _SEGMENT_LINE.match(line)
        if segment:
            if segment[1] == "UNH":  # the table begins, and an earlier one was printed in another order
                parts, depth = [], 0
            parts.append(f"{segment[1]} {segment[2]}{segment[3]}")
            for _ in range(min(len(_CORNERS.findall(segment[4])), depth)):
                parts.append(")")
                depth -= 1
    return re.sub(r" \)", ")", " ".join([*parts, *[")"] * depth]).replace("( ", "("))


def segments_of(text: str) -> Iterator[tuple[str, str]]:
    """Each segment of a segment directory as `3035 M1 an..3; C082 C1 (3039 M an..35, 1131 C an..3)`.

    Args:
        text: The directory's file.

    Source: UN/EDIFACT directories, segment directory.
    """
    starts = list(_SECTION.finditer(text))
    for match, following in zip(starts, [*starts[1:], None], strict=True):
        elements = list(_elements(text[match.end() : following.start() if following else len(text)]))
        if elements:
            yield match[1], "; ".join(elements)


def _elements(body: str) -> Iterator[str]:
    """Elements of one segment; a name that runs over the line has status and format on the next one."""
    whole, parts = "", list[str]()
    pending = ""
    for line in body.splitlines():
        if line.startswith(("---", "\u00c4\u00c4")):
            break
        joined = f"{pending} {line.strip()}" if pending else line
        element, component = _ELEMENT.fullmatch(joined), _COMPONENT.fullmatch(joined)
        pending = ""
        if element:
            if element[4] is None:
                pending = joined.rstrip()
                continue
            if whole:
                yield whole + (f" ({', '.join(parts)})" if parts else "")
            form = f" {element[6]}{element[7] or ''}{element[8]}" if element[6] else ""
            whole, parts = f"{element[2]} {element[4]}{element[5] or 1}{form}", []
        elif component and whole:
            if component[3] is None:
                pending = joined.rstrip()
                continue
            parts.append(f"{component[1]} {component[3]} {component[4]}{component[5] or ''}{component[6]}")
    if whole:
        yield whole + (f" ({', '.join(parts)})" if parts else "")


def _files(data: bytes, depth: int, left: list[int]) -> Iterator[tuple[str, str]]:
    """The text files of a zip and of the zips in it, to a limit of what they hold together."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for entry in archive.infolist():
                left[0] -= entry.file_size
                if left[0] < 0:
                    raise SenderError("The directory is too large.", expected=f"{_SIZE} bytes")
                if entry.is_dir() or entry.filename.startswith("__MACOSX"):  # a packer's own notes
                    continue
                content = archive.read(entry)
                if entry.filename.lower().endswith(".zip") and depth < _DEPTH:
                    yield from _files(content, depth + 1, left)
                else:
                    yield entry.filename, content.decode("latin-1")
    except SenderError:
        raise
    except Exception as error:
        raise SenderError(
            "This is not a UN/EDIFACT directory: the zip cannot be read.", found=str(error)[:200]
        ) from error
