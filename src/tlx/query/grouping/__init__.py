"""Events counted by what they have in common: fields, groups of actions, facets."""
