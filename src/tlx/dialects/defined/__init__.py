"""Dialects that a person defines in a TOML file: what stands at which path of a JSON line, in words of the events."""
