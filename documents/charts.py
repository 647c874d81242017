"""Charts as pictures that stay readable on a black-and-white printer: one colour, greys and hatches."""

import io
import textwrap
from functools import cache
from typing import Any, cast

from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator

from documents.package import printable
from domain.drafts import Chart

DPI = 200
_INCH = 25.4
#: The first one a machine has with every Vietnamese letter; matplotlib brings the last one.
_FONTS = ("Times New Roman", "Tinos", "Liberation Serif", "DejaVu Serif")
_SIZE = 10
_INK = "#000000"
#: Fill and hatch of each series, told apart without their colours; more series than this begin again.
_FILLS = (("#1f5c99", ""), ("#d9d9d9", "///"), ("#7f7f7f", ""), ("#ffffff", "..."), ("#404040", "xxx"))
_LINES = (("#1f5c99", "-", "o"), ("#000000", "--", "s"), ("#7f7f7f", "-.", "^"), ("#000000", ":", "D"))
#: Figures beside bars and points; more of them than this hide each other on a picture's breadth, or its height.
_SMALL = 8
_MOST_ACROSS, _MOST_DOWN = 18, 40
#: Said where a figure is not known: the sign of the statistics office for "it happened, but there is no figure".
_GAP = "…"
_LEAST_SLOTS = 3
#: Widths of labels in letters: below a bar, all of them together, and beside a lying one.
_BELOW, _BESIDE = 76, 30


def height(chart: Chart) -> float:
    """Return how high a chart is drawn, in mm: lying bars need a line each."""
    if chart.kind == "lying":
        lines = max((len(textwrap.wrap(label, _BESIDE)) for label in chart.labels), default=1)
        return min(25 + _slots(chart) * max(7.0, 4.5 * lines + 1.5, 4.2 * len(chart.series)), 210)
    return 80


def png(chart: Chart, size: tuple[float, float]) -> bytes:
    """Draw a chart of a width and height in mm."""
    figure = Figure(figsize=(size[0] / _INCH, size[1] / _INCH), dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    match chart.kind:
        case "bars" | "lying":
            _draw_bars(axes, chart)
        case "lines":
            _draw_lines(axes, chart)
        case _:
            raise ValueError(f"no such kind of chart: {chart.kind}")
    _dress(figure, axes, chart)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", metadata={"Software": None})
    return drawn.getvalue()


def spoken(value: float) -> str:
    """Return a figure as it is written in Vietnamese: a point between thousands, a comma before decimals."""
    written = f"{value:,.0f}" if value == int(value) else f"{value:,.1f}"
    return written.translate(str.maketrans(",.", ".,"))


def _draw_bars(axes: Axes, chart: Chart) -> None:
    """Draw bars of all series side by side, upright or lying with the first label on top."""
    lying = chart.kind == "lying"
    thick = 0.8 / max(len(chart.series), 1)
    for at, (name, values) in enumerate(chart.series):
        fill, hatch = _FILLS[at % len(_FILLS)]
        places = [place + (at - (len(chart.series) - 1) / 2) * thick for place in range(len(values))]
        lengths = [value or 0 for value in values]
        look: dict[str, Any] = {
            "color": fill,
            "edgecolor": _INK,
            "linewidth": 0.6,
            "hatch": hatch,
            "label": printable(name),
        }
        bars = axes.barh(places, lengths, thick, **look) if lying else axes.bar(places, lengths, thick, **look)
        if len(chart.labels) * len(chart.series) <= (_MOST_DOWN if lying else _MOST_ACROSS):
            figures = [_GAP if value is None else spoken(value) for value in values]
            axes.bar_label(bars, figures, padding=2, fontsize=_SMALL)
    if lying:
        axes.set_yticks(range(len(chart.labels)), [textwrap.fill(printable(label), _BESIDE) for label in chart.labels])
        axes.set_ylim(_slots(chart) - 0.5, -0.5)
        axes.margins(x=0.1)
        axes.set_xlim(left=0)
    else:
        _name_below(axes, chart)
        axes.set_xlim(-0.5, _slots(chart) - 0.5)
        _start_at_nought(axes)


def _slots(chart: Chart) -> int:
    """Return for how many labels there is room: a few bars alone do not fill a picture."""
    return max(len(chart.labels), _LEAST_SLOTS)


def _draw_lines(axes: Axes, chart: Chart) -> None:
    """Draw a line for each series; it is broken where a figure is not known."""
    for at, (name, values) in enumerate(chart.series):
        colour, dashes, marker = _LINES[at % len(_LINES)]
        heights = [float("nan") if value is None else value for value in values]
        axes.plot(range(len(values)), heights, dashes, color=colour, marker=marker, markersize=5, label=printable(name))
        if len(chart.series) == 1 and len(values) <= _MOST_ACROSS:
            for place, value in enumerate(values):
                text = _GAP if value is None else spoken(value)
                at_point: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "fontsize": _SMALL}
                axes.annotate(text, (place, value or 0), (0, 6), **at_point)
    _name_below(axes, chart)
    _start_at_nought(axes)


def _start_at_nought(axes: Axes) -> None:
    """Let the scale begin at nought, which makes heights comparable, with room for figures on top."""
    axes.margins(y=0.1)
    axes.set_ylim(bottom=0)


def _name_below(axes: Axes, chart: Chart) -> None:
    """Put the labels below, each no wider than its share of the line."""
    letters = max(_BELOW // max(len(chart.labels), 1), 6)
    names = [textwrap.fill(printable(label), letters, break_long_words=False) for label in chart.labels]
    axes.set_xticks(range(len(chart.labels)), names)


def _dress(figure: Figure, axes: Axes, chart: Chart) -> None:
    """Give a chart its scale, its unit, its legend and one typeface."""
    figures = axes.xaxis if chart.kind == "lying" else axes.yaxis
    figures.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    figures.set_major_formatter(FuncFormatter(lambda value, _: spoken(value)))
    figures.set_label_text(printable(chart.unit))
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x" if chart.kind == "lying" else "y", color="#d0d0d0", linewidth=0.5)
    axes.set_axisbelow(True)
    if len(chart.series) > 1:
        figure.legend(loc="outside upper center", ncols=len(chart.series), frameon=False)
    for text in cast("list[Text]", figure.findobj(Text)):
        size = text.get_fontsize()
        text.set_fontproperties(_font())
        text.set_fontsize(size)
        text.set_parse_math(False)  # a dollar sign is a dollar sign


@cache
def _font() -> font_manager.FontProperties:
    """Return the typeface of all charts."""
    for name in _FONTS:
        try:
            path = font_manager.findfont(font_manager.FontProperties(family=name), fallback_to_default=False)
        except ValueError:
            continue
        # Older fonts lack the letters that only Vietnamese uses.
        if {ord("\N{LATIN SMALL LETTER A WITH CIRCUMFLEX AND GRAVE}")} <= font_manager.get_font(
            path
        ).get_charmap().keys():
            return font_manager.FontProperties(fname=path, size=_SIZE)
    raise LookupError("matplotlib brings DejaVu Serif, and it is not there")
