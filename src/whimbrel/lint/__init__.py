"""The linter: statements and the schema so far to findings. One file a rule in `rules`. Pure but for `directory`."""
