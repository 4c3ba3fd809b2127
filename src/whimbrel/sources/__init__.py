"""Where migration files come from: a directory, a Python package, anything fsspec opens. Never the wire."""
