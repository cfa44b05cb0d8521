"""Screens that hold logs against what should be in them."""
