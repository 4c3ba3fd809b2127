"""What the backend does, a wish a file; it knows no database, no HTTP and no framework."""
