"""Praise from citizens, and nominations."""
