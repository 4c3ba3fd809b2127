CREATE TABLE outbox (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    topic TEXT NOT NULL,
    key TEXT NOT NULL,
    payload JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    published_at TIMESTAMPTZ,

    CONSTRAINT outbox_pkey PRIMARY KEY (id)
);

-- The relay reads what is not yet published, in order.
CREATE INDEX outbox_unpublished_idx ON outbox (id) WHERE published_at IS NULL;

COMMENT ON TABLE outbox IS 'What happened, written in the transaction in which it happened, for a relay to publish';
COMMENT ON COLUMN outbox.key IS 'Messages of one key are published in their order';
