-- Built while posts are read and written; alone in its file, since it refuses a transaction.
CREATE INDEX CONCURRENTLY posts_search_idx ON posts USING gin (to_tsvector('english', title || ' ' || body));
