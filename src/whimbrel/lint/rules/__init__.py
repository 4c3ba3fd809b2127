"""The rules, one a file: a `CARD`, the `KINDS` of nodes that it looks at, and `check`."""
