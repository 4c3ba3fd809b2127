"""What the application needs of the world around it."""
