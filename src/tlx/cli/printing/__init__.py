"""Data on its way out: rows as tables, JSON and CSV, to standard output or a file."""
