-- Built while users are read and written; alone in its file, since it refuses a transaction.
CREATE INDEX CONCURRENTLY users_search_idx ON users USING gin (search_document) WHERE deleted_at IS NULL;
