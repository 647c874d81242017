"""Matters: what troubles many people, who works on it, what was said publicly."""
