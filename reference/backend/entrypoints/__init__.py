"""Where wishes come in."""
