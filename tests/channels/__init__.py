"""Channels with captured payloads, against servers on loopback."""
