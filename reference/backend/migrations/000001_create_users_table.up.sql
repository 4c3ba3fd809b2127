CREATE TABLE users (
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    -- "C": lower() means the same letters on every server; under a Turkish locale it would not.
    email TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL DEFAULT 'member',
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    deleted_at TIMESTAMPTZ,
    -- Without the marks, "ada@example.com" and "ada.byron" are found by each of their words.
    search_document TSVECTOR NOT NULL GENERATED ALWAYS AS (
        to_tsvector('simple', translate(name || ' ' || email, $$.,:;@_+-/\'"`()[]{}<>&|!?*#%=~^$$, repeat(' ', 31)))
    ) STORED,

    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_length_check CHECK (length(email) BETWEEN 3 AND 254),
    CONSTRAINT users_name_length_check CHECK (length(name) BETWEEN 1 AND 100),
    CONSTRAINT users_role_check CHECK (role IN ('member', 'editor', 'admin'))
);

-- One living account per address, in whatever case it was typed; a deleted user's address is free again.
CREATE UNIQUE INDEX users_email_active_key ON users (lower(email)) WHERE deleted_at IS NULL;
CREATE INDEX users_role_active_idx ON users (role) WHERE deleted_at IS NULL;
CREATE INDEX users_created_at_idx ON users (created_at DESC, id DESC) WHERE deleted_at IS NULL;

COMMENT ON TABLE users IS 'People who may sign in';
COMMENT ON COLUMN users.email IS 'As typed, in ASCII; compared in lower case';
COMMENT ON COLUMN users.version IS 'One more with each change; a writer that read an older one is refused';
COMMENT ON COLUMN users.deleted_at IS 'When the user was deleted; the row stays for what refers to it';
COMMENT ON COLUMN users.search_document IS 'The words of name and email';
