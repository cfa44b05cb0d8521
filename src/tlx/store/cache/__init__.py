"""The index cache: stores of logs that took long to index, kept as files for the next time.

A file is a DuckDB database with the tables of the store, each column compressed. It is asked where it lies, so that to
reopen a log takes no longer than to prove that the file is still about it.
"""
