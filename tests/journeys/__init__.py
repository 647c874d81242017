"""Whole conversations, in process, over real channels."""
