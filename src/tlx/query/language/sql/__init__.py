"""A filter's tree to one SQL condition, in which every value is a parameter."""
