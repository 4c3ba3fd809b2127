CREATE TABLE accounts (
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    owner_id UUID NOT NULL,
    balance NUMERIC(19, 2) NOT NULL DEFAULT 0,
    version BIGINT NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),

    CONSTRAINT accounts_pkey PRIMARY KEY (id),
    CONSTRAINT accounts_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES users (id),
    CONSTRAINT accounts_balance_check CHECK (balance >= 0)
);

CREATE INDEX accounts_owner_id_idx ON accounts (owner_id);

COMMENT ON TABLE accounts IS 'Money that users hold, all of it in one currency';
COMMENT ON COLUMN accounts.balance IS 'Never negative';
COMMENT ON COLUMN accounts.version IS 'One more with each change; a writer that read an older one is refused';
