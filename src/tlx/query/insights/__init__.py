"""What explains a run, and what a log does not hold."""
