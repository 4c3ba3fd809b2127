CREATE TABLE transfers (
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    from_account_id UUID NOT NULL,
    to_account_id UUID NOT NULL,
    amount NUMERIC(19, 2) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),

    CONSTRAINT transfers_pkey PRIMARY KEY (id),
    CONSTRAINT transfers_from_account_id_fkey FOREIGN KEY (from_account_id) REFERENCES accounts (id),
    CONSTRAINT transfers_to_account_id_fkey FOREIGN KEY (to_account_id) REFERENCES accounts (id),
    CONSTRAINT transfers_amount_check CHECK (amount > 0),
    CONSTRAINT transfers_accounts_differ_check CHECK (from_account_id <> to_account_id)
);

CREATE INDEX transfers_from_account_id_idx ON transfers (from_account_id, created_at DESC);
CREATE INDEX transfers_to_account_id_idx ON transfers (to_account_id, created_at DESC);

COMMENT ON TABLE transfers IS 'Money that went from one account to another; a row is never changed';
