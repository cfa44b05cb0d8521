"""The command line: one file a command; heads only parse and print."""
