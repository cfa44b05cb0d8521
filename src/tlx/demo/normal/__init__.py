"""The normal event log of the simulated build, in both its forms."""
