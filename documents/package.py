"""The file around a document: nothing of a machine, a user or an hour in it, so the same draft is the same bytes."""

import io
import re
import zipfile
from collections.abc import Callable
from html import escape

from domain.drafts import Draft

#: What XML cannot hold; a keyboard or a pasted text may send it all the same.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"


def printable(text: str) -> str:
    """Return a text without the characters that no XML file can hold."""
    return _UNPRINTABLE.sub("", text)


def sealed(save: Callable[[io.BytesIO], object], draft: Draft) -> bytes:
    """Return what a library saves, with the properties of the draft for the library's own.

    Entries carry the earliest time there is and no system's name.
    """
    saved, packed, properties = io.BytesIO(), io.BytesIO(), _properties(draft)
    save(saved)
    with zipfile.ZipFile(saved) as read, zipfile.ZipFile(packed, "w") as written:
        for name in read.namelist():
            entry = zipfile.ZipInfo(name)  # 1 January 1980
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            written.writestr(entry, properties.get(name) or read.read(name))
    return packed.getvalue()


def _properties(draft: Draft) -> dict[str, str]:
    """Return what a file says of itself: its title, and that it is a draft. No author, no program, no times."""
    declared = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    title, status = (escape(printable(text)) for text in (f"{draft.kind} {draft.about}", draft.draft_mark))
    return {
        "docProps/core.xml": (
            f'{declared}<cp:coreProperties xmlns:cp="{_PACKAGE}" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<dc:title>{title}</dc:title><dc:language>vi-VN</dc:language>"
            f"<cp:contentStatus>{status}</cp:contentStatus></cp:coreProperties>"
        ),
        "docProps/app.xml": f'{declared}<Properties xmlns="{_OFFICE}"/>',
    }
