"""From an empty screen to a whole one: the first rows come first, what stands around them right behind."""
