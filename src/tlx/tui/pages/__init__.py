"""Pages: one text over the panes, which scrolls."""
