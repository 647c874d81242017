"""A draft in, a file out."""

from documents.letter import letter
from documents.sheets import workbook
from domain.drafts import Draft, Rendered

_OFFICE = "application/vnd.openxmlformats-officedocument"


def docx(draft: Draft, name: str) -> Rendered:
    """Return a draft as a Word file; ``name`` is without its ending."""
    return Rendered(f"{name}.docx", f"{_OFFICE}.wordprocessingml.document", letter(draft))


def xlsx(draft: Draft, name: str) -> Rendered:
    """Return the tables of a draft as an Excel file; ``name`` is without its ending."""
    return Rendered(f"{name}.xlsx", f"{_OFFICE}.spreadsheetml.sheet", workbook(draft))
