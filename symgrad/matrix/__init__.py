"""The matrix view of an answer: trees of matrix expressions, what their entries are, and how one is recognised."""
