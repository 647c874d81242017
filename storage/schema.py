"""All tables there are: whoever migrates imports this."""

from storage import exchanges, figures, files, matter_cases, matters, notices, praise, programmes, reports, warnings
from storage.tables import metadata

__all__ = [
    "exchanges",
    "figures",
    "files",
    "matter_cases",
    "matters",
    "metadata",
    "notices",
    "praise",
    "programmes",
    "reports",
    "warnings",
]
