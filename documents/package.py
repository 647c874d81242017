"""The file around a document: nothing of a machine, a user or an hour in it, so the same draft is the same bytes."""

import io
import re
import zipfile
from collections.abc import Mapping
from html import escape

from domain.drafts import Draft

#: What XML cannot hold; a keyboard or a pasted text may send it all the same.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: The part of every Office file that says what it is, and the one that says what made it.
CORE, APP = "docProps/core.xml", "docProps/app.xml"


def printable(text: str) -> str:
    """Return a text without the characters that no XML file can hold."""
    return _UNPRINTABLE.sub("", text)


def xml(text: str) -> str:
    """Return a text as it stands in an XML file."""
    return escape(printable(text))


def core(draft: Draft) -> str:
    """Return the properties of a draft's file: its title, and that it is a draft. No author, no company, no times."""
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<cp:coreProperties'
        ' xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{xml(f"{draft.kind} {draft.about}")}</dc:title>'
        f"<dc:language>vi-VN</dc:language><cp:contentStatus>{xml(draft.draft_mark)}</cp:contentStatus>"
        "</cp:coreProperties>"
    )


def app() -> str:
    """Return the properties about the program that made a file: none."""
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>'
    )


def pack(parts: Mapping[str, str | bytes]) -> bytes:
    """Return the parts, by their paths, as one file. Entries carry the earliest time there is and no system's name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, part in parts.items():
            entry = zipfile.ZipInfo(name)  # 1 January 1980
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            file.writestr(entry, part)
    return packed.getvalue()
