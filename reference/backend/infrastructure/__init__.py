"""The world around the application: what keeps users, posts and accounts."""
