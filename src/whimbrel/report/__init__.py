"""Values to text for people. No I/O."""
