"""PostgreSQL's own words: SQLSTATEs, server versions. Pure: no I/O."""
