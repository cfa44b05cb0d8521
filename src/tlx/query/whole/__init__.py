"""One event, whole: its record parsed and written without loss, and two of them compared."""
