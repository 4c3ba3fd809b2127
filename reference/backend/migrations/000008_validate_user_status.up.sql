-- The proof scans while users are written; with it, SET NOT NULL does not scan.
ALTER TABLE users VALIDATE CONSTRAINT users_status_not_null;
ALTER TABLE users VALIDATE CONSTRAINT users_status_check;
ALTER TABLE users ALTER COLUMN status SET NOT NULL;
ALTER TABLE users DROP CONSTRAINT users_status_not_null;
