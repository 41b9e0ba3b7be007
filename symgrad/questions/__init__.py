"""The kinds of questions an exercise can ask: one file a kind. Each derives what it prints from the declared graph."""
