"""Periods that are reported on, as a deployment cuts them."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class PeriodKind(StrEnum):
    """How long a period is."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    YEAR = "year"
    #: Of a programme: reviewed on the way, and at its end.
    INTERIM = "interim"
    FINAL = "final"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Days that are reported on together."""

    start: date
    #: The day after its last.
    end: date
    kind: PeriodKind
    #: 47 of the weeks, 3 of the quarters of its year; 0 where there is one only.
    n: int
    year: int
