"""What events should hold: the registries of what systems may write."""
