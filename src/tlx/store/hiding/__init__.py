"""What is masked on its way into the store, and how it is seen all the same where that is wanted."""
