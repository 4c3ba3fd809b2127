"""The doors of the command line: `migrate`, exactly golang-migrate's, and `whimbrel`."""
