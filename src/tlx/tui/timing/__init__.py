"""When the screen does what: keys in turn, looks at a growing store in measure, nothing while it stands still."""
