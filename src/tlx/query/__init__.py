"""Questions put to the store; each answer is a frozen value. Knows no widget and no log format."""
