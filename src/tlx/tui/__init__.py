"""The terminal head: screens of panes, panes of widgets, and the one place that draws."""
