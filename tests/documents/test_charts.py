"""Charts: what they show of gaps, and that any figures can be drawn."""

import io

import numpy as np
import pytest
from PIL import Image

from documents import charts
from domain.drafts import Chart
from tests.documents.samples import PLACES, WEEKS


def drawn(chart: Chart) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    picture = Image.open(io.BytesIO(charts.png(chart, (165, charts.height(chart)))))
    return np.asarray(picture.convert("RGB"))


def blue(pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> "np.ndarray[tuple[int, ...], np.dtype[np.bool]]":
    """Return which columns of a picture hold our one colour."""
    return (np.abs(pixels.astype(int) - (0x1F, 0x5C, 0x99)).sum(axis=2) < 12).any(axis=0)


def test_a_line_is_broken_where_a_figure_is_not_known() -> None:
    columns = blue(drawn(WEEKS))
    inside = columns[np.argmax(columns) : len(columns) - np.argmax(columns[::-1])]
    longest = max(len(run) for run in "".join("x" if found else "." for found in inside).split("x"))
    assert longest > 200, "a gap as wide as two steps"


@pytest.mark.parametrize("kind", ["bars", "lying", "lines"])
@pytest.mark.parametrize(
    ("labels", "values"),
    [((), ()), (("a",), (None,)), (("a", "b"), (0.0, 0.0)), (("dài " * 30, "$b$ $\\x\x00"), (1e6, 0.5))],
)
def test_any_figures_can_be_drawn(kind: str, labels: tuple[str, ...], values: tuple[float | None, ...]) -> None:
    assert drawn(Chart(kind, "T", labels, (("A", values), ("B", values)), "T")).shape[1] == round(165 / 25.4 * 200)


def test_series_are_told_apart_without_colour() -> None:
    grey = np.asarray(Image.fromarray(drawn(PLACES)).convert("L"))
    assert (abs(grey.astype(int) - 85) < 6).any(), "the one colour prints dark"
    assert (abs(grey.astype(int) - 217) < 3).any(), "the other series light, and hatched"


def test_figures_are_written_as_in_vietnamese() -> None:
    assert [charts.spoken(value) for value in (1234.0, 12.5, 0.0, 1234567.25)] == ["1.234", "12,5", "0", "1.234.567,2"]


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="pie"):
        charts.png(Chart("pie", "T", (), (), ""), (100, 80))
