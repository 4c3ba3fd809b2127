"""What was seen: cards that describe hazards, findings in files, fixes, suppressions. Pure: no I/O."""
