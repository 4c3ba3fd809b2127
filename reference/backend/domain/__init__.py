"""What the backend is about; it knows no database, no HTTP and no framework."""
