"""All tables there are: whoever migrates imports this."""

from storage import exchanges, figures, files, matters, notices, praise, programmes, reports, warnings
from storage.tables import metadata

__all__ = [
    "exchanges",
    "figures",
    "files",
    "matters",
    "metadata",
    "notices",
    "praise",
    "programmes",
    "reports",
    "warnings",
]
