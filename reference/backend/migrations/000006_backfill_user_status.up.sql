UPDATE users
SET status = CASE WHEN deleted_at IS NULL THEN 'active' ELSE 'deleted' END
WHERE status IS NULL;
