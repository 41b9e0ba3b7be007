"""Formulas that other people wrote: what they mean, whether they are right, how that is known, and what went wrong."""
