"""Graphs declared as text: LaTeX or plain, read by the package's own reader, declared through the public calls."""
