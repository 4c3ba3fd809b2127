CREATE TABLE posts (
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT 'draft',
    published_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    deleted_at TIMESTAMPTZ,

    CONSTRAINT posts_pkey PRIMARY KEY (id),
    CONSTRAINT posts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT posts_title_length_check CHECK (length(title) BETWEEN 1 AND 200),
    CONSTRAINT posts_status_check CHECK (status IN ('draft', 'published', 'archived')),
    CONSTRAINT posts_published_at_check CHECK (status = 'draft' OR published_at IS NOT NULL)
);

CREATE INDEX posts_user_id_idx ON posts (user_id);
CREATE INDEX posts_feed_idx ON posts (published_at DESC, id DESC) WHERE status = 'published' AND deleted_at IS NULL;

COMMENT ON TABLE posts IS 'What users write';
COMMENT ON COLUMN posts.user_id IS 'The author';
COMMENT ON COLUMN posts.published_at IS 'When the post was first published; kept when it is archived';
