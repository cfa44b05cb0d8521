"""Full pages over the panes."""
