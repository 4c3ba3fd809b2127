"""What has one safe form, and how is it written? One file a kind of rewrite. Pure: files change elsewhere."""
