"""Actions in flight: how many at every moment, and when there was none."""
