DROP INDEX CONCURRENTLY posts_search_idx;
