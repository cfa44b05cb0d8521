"""The memory that a store may take: what there is no room for, and the private folder that takes what memory cannot."""
