ALTER TABLE users DROP CONSTRAINT users_status_not_null;
