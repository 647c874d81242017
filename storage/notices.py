"""Service notices, and who asked for which."""
