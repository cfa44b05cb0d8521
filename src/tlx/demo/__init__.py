"""Believable logs from a seed: a simulated Buck2 build told as its user event log.

`python -m tlx.demo` writes them. Nothing else of tlx is used here, and nothing of tlx uses this:
`tlx demo` starts it as a program of its own, as Buck2 would be.
"""
