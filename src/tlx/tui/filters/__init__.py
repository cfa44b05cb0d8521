"""The filter and the search: what is typed, what it means, and what it was before."""
