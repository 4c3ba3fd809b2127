-- Nullable and without a scan: users can be written by the old program and the new.
ALTER TABLE users ADD COLUMN status TEXT;

ALTER TABLE users ALTER COLUMN status SET DEFAULT 'active';
ALTER TABLE users ADD CONSTRAINT users_status_check CHECK (status IN ('active', 'suspended')) NOT VALID;

COMMENT ON COLUMN users.status IS 'Whether the user may sign in';
