"""What a statement locks, rewrites and scans, from its text and the schema so far. Pure: no I/O."""
