"""How long a report takes and how big it is, and its pages as PDF: ``python -m bench.documents [FOLDER]``.

The samples of the tests are written to FOLDER (``var/documents`` if none is given). Where LibreOffice is installed they
are also laid out by it: the only way here to see pages as an office program breaks them.
"""

import shutil
import subprocess
import sys
import time
from pathlib import Path

from documents.rendering import docx, xlsx
from tests.documents.samples import PARTY, STATE, long_table

FOLDER = Path(__file__).parents[1] / "var" / "documents"


def main(folder: Path) -> None:
    """Write the samples, say what they cost, and turn them into PDF where that can be done."""
    folder.mkdir(parents=True, exist_ok=True)
    docx(STATE, "warm")  # the first chart of a process looks for fonts
    print(f"{'file':<16}{'ms':>8}{'kB':>8}")
    for name, draft in (("state", STATE), ("party", PARTY), ("long", long_table(200))):
        for render in (docx, xlsx):
            begun = time.process_time()
            file = render(draft, name)
            print(f"{file.name:<16}{(time.process_time() - begun) * 1000:>8.0f}{len(file.content) / 1000:>8.0f}")
            (folder / file.name).write_bytes(file.content)
    office = shutil.which("soffice")
    if not office:
        print("LibreOffice (soffice) is not installed: no PDF")
        return
    for path in sorted(folder.glob("*.docx")):
        subprocess.run(  # noqa: S603 - our own files
            [office, "--headless", "--convert-to", "pdf", "--outdir", str(folder), str(path)], check=True
        )
        print(path.with_suffix(".pdf"))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
