"""Believable logs from a seed: a simulated Buck2 build told as its user event log.

`python -m tlx.demo` writes them. Nothing else of tlx is used here but
the writers of `tlx.dialects.samples`, which use nothing of it either; and nothing of tlx uses this:
`tlx demo` starts it as a program of its own, as Buck2 would be.
"""
