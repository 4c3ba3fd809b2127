CREATE TABLE accounts (
    id UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id UUID NOT NULL,
    currency TEXT NOT NULL,
    balance NUMERIC(19, 4) NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    deleted_at TIMESTAMPTZ,

    CONSTRAINT accounts_pkey PRIMARY KEY (id),
    CONSTRAINT accounts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id),
    CONSTRAINT accounts_currency_check CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT accounts_balance_check CHECK (balance >= 0)
);

-- One living account of each currency per user; it serves the foreign key for living rows, the next one for all.
CREATE UNIQUE INDEX accounts_user_id_currency_active_key ON accounts (user_id, currency) WHERE deleted_at IS NULL;
CREATE INDEX accounts_user_id_idx ON accounts (user_id);

COMMENT ON TABLE accounts IS 'Money that users hold';
COMMENT ON COLUMN accounts.balance IS 'In units of the currency; never negative';
