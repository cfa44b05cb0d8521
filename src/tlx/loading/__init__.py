"""What a session is made of: the place of each line, the workers, the followed logs, the cache of what was read."""
