"""The town of the journeys."""

from tests.journeys.conftest import person_kind, platform, town

__all__ = ["person_kind", "platform", "town"]
