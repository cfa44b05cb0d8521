"""Logs beside what should be in them."""
