"""What the timeline asks, keeps and says; its keys are the pane's, its looks the drawing's."""
