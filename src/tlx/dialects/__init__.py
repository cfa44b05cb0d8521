"""What a line means: one file a product. A dialect brings its name, its way to know itself and its own samples."""
