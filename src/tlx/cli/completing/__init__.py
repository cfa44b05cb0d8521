"""What a shell is told when it asks for the words that may come next."""
