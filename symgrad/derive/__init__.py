"""Derivation: partials, the reverse sweep over definitions, closed forms, worked steps."""
