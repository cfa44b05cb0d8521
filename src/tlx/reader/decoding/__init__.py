"""Codecs: compressed bytes to text, across members, frames and damage."""
