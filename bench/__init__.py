"""Benchmarks: ours and its baselines side by side in one run, as ratios. ``python -m bench``."""
