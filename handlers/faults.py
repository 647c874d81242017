"""Failures, told without their words: an error's message may repeat what a citizen wrote."""

import traceback

#: The innermost calls are what points at the cause.
_SHOWN = 6


def fault(error: BaseException) -> dict[str, str]:
    """Return what a log may say of an error: its kind, and where it happened."""
    frames = traceback.extract_tb(error.__traceback__)[-_SHOWN:]
    where = " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return {"error": type(error).__name__, "where": where}
