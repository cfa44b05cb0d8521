"""Drawing as functions of numbers: they return styled text, and know no widget, no store and no colour."""
