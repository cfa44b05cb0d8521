"""Inspector: one event, whole."""
