"""What the database remembers of us: version table, progress note, history."""
