"""Assembly: settings, composition root, command line, workers and ticks. Knows everybody; nobody knows it."""
