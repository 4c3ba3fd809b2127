-- A row is written in the transaction of the work it stands for, before that work. A second call with the same key waits
-- at the primary key until the first has ended: it finds the answer, or, if the first rolled back, a free key.
CREATE TABLE idempotency_keys (
    operation TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash BYTEA NOT NULL,
    answer JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),

    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (operation, key),
    CONSTRAINT idempotency_keys_key_length_check CHECK (length(key) BETWEEN 1 AND 255),
    CONSTRAINT idempotency_keys_request_hash_length_check CHECK (octet_length(request_hash) = 32)
);

CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);

COMMENT ON TABLE idempotency_keys IS 'Calls that were answered, so that a repeated one does nothing twice';
COMMENT ON COLUMN idempotency_keys.operation IS 'What the key is for: the same key may stand for one call of each operation';
COMMENT ON COLUMN idempotency_keys.request_hash IS 'SHA-256 of what was asked; the same key with another request is refused';
