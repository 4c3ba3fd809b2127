"""A small backend on PostgreSQL, to be read: users, posts, accounts. README.md says in which order."""
