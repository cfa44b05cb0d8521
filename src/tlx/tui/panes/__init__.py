"""The panes: views of events. None knows another; all answer the same scope and selection."""
