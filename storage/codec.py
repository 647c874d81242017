"""Frozen values as JSON text and back."""

from functools import cache
from typing import Any

from pydantic import TypeAdapter


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:  # noqa: ANN401 - a class or a union of classes
    return TypeAdapter(kind)


def dump(kind: Any, value: object) -> str:  # noqa: ANN401 - as above
    """Return the value of this kind as JSON."""
    return _adapter(kind).dump_json(value).decode()


def load(kind: Any, text: str) -> Any:  # noqa: ANN401 - as above
    """Return the value of this kind that was dumped."""
    return _adapter(kind).validate_json(text)
