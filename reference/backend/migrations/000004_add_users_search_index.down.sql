DROP INDEX CONCURRENTLY users_search_idx;
