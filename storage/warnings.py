"""Counts of people by day, commune and topic, and the warnings they raise."""
