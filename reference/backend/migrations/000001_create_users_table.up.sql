CREATE TABLE users (
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL DEFAULT 'member',
    email_verified_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    deleted_at TIMESTAMPTZ,

    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_length_check CHECK (length(email) BETWEEN 3 AND 255),
    CONSTRAINT users_name_length_check CHECK (length(name) BETWEEN 1 AND 100),
    CONSTRAINT users_role_check CHECK (role IN ('member', 'moderator', 'admin'))
);

-- One living account per address, in whatever case it was typed; a deleted user's address is free again.
CREATE UNIQUE INDEX users_email_active_key ON users (lower(email)) WHERE deleted_at IS NULL;
CREATE INDEX users_role_active_idx ON users (role) WHERE deleted_at IS NULL;
CREATE INDEX users_created_at_idx ON users (created_at DESC, id DESC) WHERE deleted_at IS NULL;

COMMENT ON TABLE users IS 'People who may sign in';
COMMENT ON COLUMN users.email IS 'As typed; compared in lower case';
COMMENT ON COLUMN users.deleted_at IS 'When the user was deleted; the row stays for what refers to it';
