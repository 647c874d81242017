"""Platforms on loopback."""
