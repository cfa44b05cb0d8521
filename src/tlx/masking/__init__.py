"""Masking: pseudonyms in the place of what is not for every eye, in the text of a line, whose other bytes stay."""
