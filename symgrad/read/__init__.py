"""Text to a syntax tree, and back: other people's formulas are read here, and never executed."""
