"""Student versions hold stubs and no outputs: nbval runs the solutions only."""

collect_ignore = ["student"]
