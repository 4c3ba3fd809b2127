CREATE TABLE posts (
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    author_id UUID NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT 'draft',
    version BIGINT NOT NULL DEFAULT 1,
    published_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),

    CONSTRAINT posts_pkey PRIMARY KEY (id),
    CONSTRAINT posts_author_id_fkey FOREIGN KEY (author_id) REFERENCES users (id),
    CONSTRAINT posts_title_length_check CHECK (length(title) BETWEEN 1 AND 200),
    CONSTRAINT posts_body_length_check CHECK (length(body) <= 100000),
    CONSTRAINT posts_status_check CHECK (status IN ('draft', 'published')),
    CONSTRAINT posts_published_at_check CHECK ((status = 'published') = (published_at IS NOT NULL))
);

CREATE INDEX posts_author_id_idx ON posts (author_id);
CREATE INDEX posts_feed_idx ON posts (published_at DESC, id DESC) WHERE status = 'published';

COMMENT ON TABLE posts IS 'What users write';
COMMENT ON COLUMN posts.version IS 'One more with each change; a writer that read an older one is refused';
