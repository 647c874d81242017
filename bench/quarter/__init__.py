"""A simulated quarter: people of a province and its agencies with habits, all through the real handlers."""
