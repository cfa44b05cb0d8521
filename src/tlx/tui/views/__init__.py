"""What the tables of events, groups and facets show: columns, rows, and the way into a group and back."""
