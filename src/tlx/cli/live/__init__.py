"""Commands that let a log grow before the eyes: a simulated build, and one that is over."""
