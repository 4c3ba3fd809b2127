"""What a migration is: version, direction, file name, directives, the ordered set. Pure: no I/O."""
