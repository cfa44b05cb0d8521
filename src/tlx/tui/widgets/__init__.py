"""Drawing parts that know no store, query or pane: they are told what to show, and answer by message."""
