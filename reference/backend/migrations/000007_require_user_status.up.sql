-- New rows are checked from now on; the rows that are there are looked at by the next file, while users are written.
ALTER TABLE users ADD CONSTRAINT users_status_not_null CHECK (status IS NOT NULL) NOT VALID;
