"""The repositories on PostgreSQL: they implement the domain's ports."""
