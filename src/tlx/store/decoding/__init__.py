"""Lines that SQL cannot read by itself, as rows of a record each, which projections then read like any others."""
