"""What looks and changes nothing: it reads without a unit of work, from the ports made for it."""
