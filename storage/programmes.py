"""Coordination programmes: what was signed, planned and done."""
