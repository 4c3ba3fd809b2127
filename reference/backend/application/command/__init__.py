"""What changes something: a frozen command, and the function that fulfils it in one unit of work."""
