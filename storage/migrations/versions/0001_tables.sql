CREATE TABLE account (
    id UUID NOT NULL,
    name TEXT NOT NULL,
    timezone TEXT DEFAULT 'UTC' NOT NULL,
    key BYTEA DEFAULT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT account_pkey PRIMARY KEY (id),
    CONSTRAINT account_name_key UNIQUE (name)
);

COMMENT ON TABLE account IS 'key: for the keyed hashes of mail that must not be kept';

CREATE TABLE raw_mail (
    account_id UUID NOT NULL,
    id UUID NOT NULL,
    size BIGINT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT raw_mail_pkey PRIMARY KEY (account_id, id)
);

CREATE INDEX raw_mail_expires_ix ON raw_mail (expires_at) WHERE expires_at is not null;

COMMENT ON TABLE raw_mail IS 'size: bytes kept, before compression; of the headers alone where only they are kept';

CREATE TABLE thread (
    account_id UUID NOT NULL,
    id UUID NOT NULL,
    joined_into UUID,
    CONSTRAINT thread_pkey PRIMARY KEY (account_id, id),
    CONSTRAINT thread_account_id_joined_into_fkey FOREIGN KEY(account_id, joined_into) REFERENCES thread (account_id, id),
    CONSTRAINT thread_newer_into_older_check CHECK (joined_into < id)
);

CREATE TABLE audit (
    account_id UUID NOT NULL,
    id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    detail JSONB NOT NULL,
    CONSTRAINT audit_pkey PRIMARY KEY (account_id, id),
    CONSTRAINT audit_account_id_fkey FOREIGN KEY(account_id) REFERENCES account (id)
);

CREATE TABLE internal (
    account_id UUID NOT NULL,
    pattern TEXT NOT NULL,
    CONSTRAINT internal_pkey PRIMARY KEY (account_id, pattern),
    CONSTRAINT internal_account_id_fkey FOREIGN KEY(account_id) REFERENCES account (id)
);

COMMENT ON TABLE internal IS 'internal domains (example.com), their subdomains (*.example.com) and addresses';

CREATE TABLE message (
    account_id UUID NOT NULL,
    id UUID NOT NULL,
    identity BYTEA NOT NULL,
    variant INTEGER DEFAULT 0 NOT NULL,
    fingerprint_subject BYTEA NOT NULL,
    fingerprint_text BYTEA NOT NULL,
    rfc_message_id TEXT,
    direction TEXT NOT NULL,
    subject TEXT NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    timeline_at TIMESTAMP WITH TIME ZONE NOT NULL,
    text TEXT NOT NULL,
    reply_start INTEGER NOT NULL,
    reply_end INTEGER NOT NULL,
    original JSONB,
    has_html BOOLEAN NOT NULL,
    automatic BOOLEAN NOT NULL,
    notes JSONB NOT NULL,
    thread_id UUID NOT NULL,
    raw_id UUID NOT NULL,
    CONSTRAINT message_pkey PRIMARY KEY (account_id, id),
    CONSTRAINT message_account_id_identity_variant_key UNIQUE (account_id, identity, variant),
    CONSTRAINT message_account_id_thread_id_fkey FOREIGN KEY(account_id, thread_id) REFERENCES thread (account_id, id),
    CONSTRAINT message_account_id_raw_id_fkey FOREIGN KEY(account_id, raw_id) REFERENCES raw_mail (account_id, id),
    CONSTRAINT message_direction_check CHECK ("direction" in ('outgoing', 'incoming'))
);

COMMENT ON TABLE message IS 'original: {path, confidence} of what was forwarded; null: it came itself';

CREATE INDEX message_account_id_rfc_message_id_ix ON message (account_id, rfc_message_id);

CREATE INDEX message_account_id_raw_id_ix ON message (account_id, raw_id);

CREATE INDEX message_account_id_thread_id_ix ON message (account_id, thread_id);

CREATE TABLE person (
    account_id UUID NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    family_name TEXT,
    given_name TEXT,
    company TEXT,
    source TEXT,
    as_read JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT person_pkey PRIMARY KEY (account_id, id),
    CONSTRAINT person_account_id_id_kind_key UNIQUE (account_id, id, kind),
    CONSTRAINT person_account_id_fkey FOREIGN KEY(account_id) REFERENCES account (id),
    CONSTRAINT person_kind_check CHECK ("kind" in ('lead', 'contact'))
);

CREATE INDEX person_kind_ix ON person (account_id, kind, id);

COMMENT ON TABLE person IS 'source: the mail a person was created from, in words; as_read: [name, family name, given name, company] as that mail was read: whatever differs now was changed by somebody';

CREATE TABLE raw_chunk (
    account_id UUID NOT NULL,
    raw_id UUID NOT NULL,
    position INTEGER NOT NULL,
    data BYTEA NOT NULL,
    CONSTRAINT raw_chunk_pkey PRIMARY KEY (account_id, raw_id, position),
    CONSTRAINT raw_chunk_account_id_raw_id_fkey FOREIGN KEY(account_id, raw_id) REFERENCES raw_mail (account_id, id) ON DELETE CASCADE
);

COMMENT ON TABLE raw_chunk IS 'data: one zstd frame of at most 1 MiB of the mail';

CREATE TABLE thread_message_id (
    account_id UUID NOT NULL,
    rfc_message_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    thread_id UUID NOT NULL,
    base_subject TEXT NOT NULL,
    correspondents JSONB NOT NULL,
    CONSTRAINT thread_message_id_pkey PRIMARY KEY (account_id, rfc_message_id, position),
    CONSTRAINT thread_message_id_account_id_thread_id_fkey FOREIGN KEY(account_id, thread_id) REFERENCES thread (account_id, id)
);

COMMENT ON TABLE thread_message_id IS 'a Message-ID that a filed mail carries or refers to, and whom that mail was with';

CREATE TABLE "user" (
    account_id UUID NOT NULL,
    id UUID NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    timezone TEXT,
    language TEXT,
    status TEXT DEFAULT 'active' NOT NULL,
    search JSONB DEFAULT '["contact", "lead"]' NOT NULL,
    "create" TEXT DEFAULT 'lead' NOT NULL,
    visibility TEXT DEFAULT 'team' NOT NULL,
    max_new_people INTEGER DEFAULT 10 NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT user_pkey PRIMARY KEY (account_id, id),
    CONSTRAINT user_account_id_email_key UNIQUE (account_id, email),
    CONSTRAINT user_account_id_fkey FOREIGN KEY(account_id) REFERENCES account (id),
    CONSTRAINT user_status_check CHECK ("status" in ('active', 'suspended')),
    CONSTRAINT user_create_check CHECK ("create" in ('lead', 'contact', 'nothing')),
    CONSTRAINT user_visibility_check CHECK ("visibility" in ('team', 'private')),
    CONSTRAINT user_max_new_people_check CHECK (max_new_people between 0 and 1000)
);

CREATE TABLE allowed_sender (
    account_id UUID NOT NULL,
    user_id UUID NOT NULL,
    email TEXT NOT NULL,
    slot SMALLINT NOT NULL,
    status TEXT DEFAULT 'active' NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT allowed_sender_pkey PRIMARY KEY (account_id, user_id, email),
    CONSTRAINT allowed_sender_account_id_user_id_slot_key UNIQUE (account_id, user_id, slot),
    CONSTRAINT allowed_sender_account_id_user_id_fkey FOREIGN KEY(account_id, user_id) REFERENCES "user" (account_id, id) ON DELETE CASCADE,
    CONSTRAINT allowed_sender_at_most_five_check CHECK (slot between 1 and 5),
    CONSTRAINT allowed_sender_status_check CHECK ("status" in ('active', 'pending'))
);

CREATE INDEX allowed_sender_account_id_email_ix ON allowed_sender (account_id, email);

COMMENT ON TABLE allowed_sender IS 'further sender addresses; the primary one is the user''s own and takes no slot';

CREATE TABLE dropbox_address (
    account_id UUID NOT NULL,
    id UUID NOT NULL,
    user_id UUID NOT NULL,
    local TEXT NOT NULL,
    state TEXT DEFAULT 'active' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    grace_until TIMESTAMP WITH TIME ZONE,
    retired_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT dropbox_address_pkey PRIMARY KEY (account_id, id),
    CONSTRAINT dropbox_address_account_id_local_key UNIQUE (account_id, local),
    CONSTRAINT dropbox_address_account_id_user_id_fkey FOREIGN KEY(account_id, user_id) REFERENCES "user" (account_id, id),
    CONSTRAINT dropbox_address_state_check CHECK ("state" in ('active', 'grace', 'retired')),
    CONSTRAINT dropbox_address_grace_until_check CHECK ((state = 'grace') = (grace_until is not null))
);

CREATE UNIQUE INDEX dropbox_address_one_active_ix ON dropbox_address (account_id, user_id) WHERE state = 'active';

CREATE TABLE never_log (
    account_id UUID NOT NULL,
    id UUID NOT NULL,
    user_id UUID,
    pattern TEXT NOT NULL,
    added_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT never_log_pkey PRIMARY KEY (account_id, id),
    CONSTRAINT never_log_account_id_pattern_user_id_key UNIQUE NULLS NOT DISTINCT (account_id, pattern, user_id),
    CONSTRAINT never_log_account_id_fkey FOREIGN KEY(account_id) REFERENCES account (id),
    CONSTRAINT never_log_account_id_user_id_fkey FOREIGN KEY(account_id, user_id) REFERENCES "user" (account_id, id) ON DELETE CASCADE
);

COMMENT ON TABLE never_log IS 'user_id null: for the whole account';

CREATE TABLE part (
    account_id UUID NOT NULL,
    message_id UUID NOT NULL,
    path TEXT NOT NULL,
    filename TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 BYTEA NOT NULL,
    inline BOOLEAN NOT NULL,
    content_id TEXT DEFAULT '' NOT NULL,
    CONSTRAINT part_pkey PRIMARY KEY (account_id, message_id, path),
    CONSTRAINT part_account_id_message_id_fkey FOREIGN KEY(account_id, message_id) REFERENCES message (account_id, id) ON DELETE CASCADE
);

COMMENT ON TABLE part IS 'an attachment; its bytes are read out of the raw mail by path';

CREATE TABLE participant (
    account_id UUID NOT NULL,
    message_id UUID NOT NULL,
    position INTEGER NOT NULL,
    role TEXT NOT NULL,
    email TEXT,
    name TEXT,
    CONSTRAINT participant_pkey PRIMARY KEY (account_id, message_id, position),
    CONSTRAINT participant_account_id_message_id_fkey FOREIGN KEY(account_id, message_id) REFERENCES message (account_id, id) ON DELETE CASCADE,
    CONSTRAINT participant_role_check CHECK ("role" in ('from', 'to', 'cc', 'reply_to'))
);

COMMENT ON TABLE participant IS 'email null: masked, it is on a never-log list';

CREATE TABLE person_email (
    account_id UUID NOT NULL,
    email TEXT NOT NULL,
    kind TEXT NOT NULL,
    person_id UUID NOT NULL,
    position SMALLINT DEFAULT 0 NOT NULL,
    bouncing_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT person_email_pkey PRIMARY KEY (account_id, email, kind),
    CONSTRAINT person_email_account_id_person_id_kind_fkey FOREIGN KEY(account_id, person_id, kind) REFERENCES person (account_id, id, kind) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE INDEX person_email_account_id_person_id_ix ON person_email (account_id, person_id);

CREATE TABLE user_directory (
    email TEXT NOT NULL,
    account_id UUID NOT NULL,
    user_id UUID NOT NULL,
    CONSTRAINT user_directory_pkey PRIMARY KEY (email),
    CONSTRAINT user_directory_account_id_user_id_fkey FOREIGN KEY(account_id, user_id) REFERENCES "user" (account_id, id) ON DELETE CASCADE
);

COMMENT ON TABLE user_directory IS 'reference table: the account of a user''s primary address; unique on the installation';

CREATE TABLE address_directory (
    local TEXT NOT NULL,
    account_id UUID NOT NULL,
    address_id UUID NOT NULL,
    CONSTRAINT address_directory_pkey PRIMARY KEY (local),
    CONSTRAINT address_directory_account_id_address_id_fkey FOREIGN KEY(account_id, address_id) REFERENCES dropbox_address (account_id, id) ON DELETE CASCADE
);

COMMENT ON TABLE address_directory IS 'reference table: the account of a dropbox address, by its <handle>.<token>';

CREATE TABLE delivery (
    account_id UUID NOT NULL,
    id UUID NOT NULL,
    user_id UUID,
    address_id UUID,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    authority TEXT NOT NULL,
    verdict TEXT NOT NULL,
    peer TEXT NOT NULL,
    helo TEXT NOT NULL,
    mail_from TEXT NOT NULL,
    suffix TEXT DEFAULT '' NOT NULL,
    direction TEXT,
    rfc_message_id TEXT,
    sender TEXT,
    subject TEXT,
    identity BYTEA NOT NULL,
    held_key BYTEA,
    raw_id UUID,
    duplicate_of UUID,
    note TEXT DEFAULT '' NOT NULL,
    steps JSONB DEFAULT '[]' NOT NULL,
    passed JSONB DEFAULT '[]' NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE,
    resolved_at TIMESTAMP WITH TIME ZONE,
    resolution TEXT,
    CONSTRAINT delivery_pkey PRIMARY KEY (account_id, id),
    CONSTRAINT delivery_account_id_user_id_fkey FOREIGN KEY(account_id, user_id) REFERENCES "user" (account_id, id),
    CONSTRAINT delivery_account_id_address_id_fkey FOREIGN KEY(account_id, address_id) REFERENCES dropbox_address (account_id, id),
    CONSTRAINT delivery_account_id_raw_id_fkey FOREIGN KEY(account_id, raw_id) REFERENCES raw_mail (account_id, id),
    CONSTRAINT delivery_account_id_duplicate_of_fkey FOREIGN KEY(account_id, duplicate_of) REFERENCES delivery (account_id, id),
    CONSTRAINT delivery_outcome_check CHECK ("outcome" in ('filed', 'duplicate', 'held', 'skipped')),
    CONSTRAINT delivery_resolution_check CHECK ((resolved_at is null) = (resolution is null))
);

CREATE INDEX delivery_account_id_rfc_message_id_ix ON delivery (account_id, rfc_message_id);

CREATE INDEX delivery_held_ix ON delivery (account_id, identity) WHERE outcome = 'held' and resolved_at is null;

CREATE UNIQUE INDEX delivery_held_once_ix ON delivery (account_id, user_id, held_key, reason) NULLS NOT DISTINCT WHERE outcome = 'held' and resolved_at is null;

CREATE INDEX delivery_strangers_domain_ix ON delivery (account_id, "substring"(sender, '[^@]*$'::text), received_at) WHERE reason = 'sender_not_allowed';

CREATE INDEX delivery_never_log_ix ON delivery (account_id, identity) WHERE reason = 'never_log';

CREATE INDEX delivery_user_ix ON delivery (account_id, user_id, id);

CREATE INDEX delivery_outcome_ix ON delivery (account_id, outcome, id) WHERE outcome <> 'filed';

CREATE INDEX delivery_undecided_ix ON delivery (account_id, id) WHERE outcome = 'held' and resolved_at is null;

CREATE INDEX delivery_seen_ix ON delivery (seen_at) WHERE outcome = 'held' and resolved_at is null and seen_at is not null;

CREATE INDEX delivery_raw_ix ON delivery (account_id, raw_id) WHERE raw_id is not null;

CREATE INDEX delivery_strangers_ix ON delivery (account_id, address_id, received_at) WHERE reason = 'sender_not_allowed';

CREATE TABLE capture (
    account_id UUID NOT NULL,
    message_id UUID NOT NULL,
    user_id UUID NOT NULL,
    delivery_id UUID NOT NULL,
    visibility TEXT NOT NULL,
    captured_at TIMESTAMP WITH TIME ZONE NOT NULL,
    bcc JSONB DEFAULT '[]' NOT NULL,
    comment TEXT,
    CONSTRAINT capture_pkey PRIMARY KEY (account_id, message_id, user_id),
    CONSTRAINT capture_account_id_message_id_fkey FOREIGN KEY(account_id, message_id) REFERENCES message (account_id, id) ON DELETE CASCADE,
    CONSTRAINT capture_account_id_user_id_fkey FOREIGN KEY(account_id, user_id) REFERENCES "user" (account_id, id),
    CONSTRAINT capture_account_id_delivery_id_fkey FOREIGN KEY(account_id, delivery_id) REFERENCES delivery (account_id, id),
    CONSTRAINT capture_visibility_check CHECK ("visibility" in ('team', 'private'))
);

CREATE INDEX capture_account_id_delivery_id_ix ON capture (account_id, delivery_id);

COMMENT ON TABLE capture IS 'one filed delivery per message and user; bcc: [{name, email}], for this user''s eyes; comment: what this user wrote above a forwarded original';

CREATE TABLE filing (
    account_id UUID NOT NULL,
    person_id UUID NOT NULL,
    message_id UUID NOT NULL,
    email TEXT NOT NULL,
    timeline_at TIMESTAMP WITH TIME ZONE NOT NULL,
    delivery_id UUID NOT NULL,
    CONSTRAINT filing_pkey PRIMARY KEY (account_id, person_id, message_id),
    CONSTRAINT filing_account_id_person_id_fkey FOREIGN KEY(account_id, person_id) REFERENCES person (account_id, id) ON DELETE CASCADE,
    CONSTRAINT filing_account_id_message_id_fkey FOREIGN KEY(account_id, message_id) REFERENCES message (account_id, id) ON DELETE CASCADE,
    CONSTRAINT filing_account_id_delivery_id_fkey FOREIGN KEY(account_id, delivery_id) REFERENCES delivery (account_id, id)
);

CREATE INDEX filing_account_id_message_id_ix ON filing (account_id, message_id);

CREATE INDEX filing_account_id_person_id_timeline_at_message_id_ix ON filing (account_id, person_id, timeline_at, message_id);

COMMENT ON TABLE filing IS 'a message on a person''s timeline, and the address that put it there';

CREATE TABLE waiting (
    account_id UUID NOT NULL,
    delivery_id UUID NOT NULL,
    email TEXT NOT NULL,
    path TEXT DEFAULT '' NOT NULL,
    message_id UUID,
    name TEXT NOT NULL,
    why TEXT NOT NULL,
    CONSTRAINT waiting_pkey PRIMARY KEY (account_id, delivery_id, email, path),
    CONSTRAINT waiting_account_id_delivery_id_fkey FOREIGN KEY(account_id, delivery_id) REFERENCES delivery (account_id, id) ON DELETE CASCADE,
    CONSTRAINT waiting_account_id_message_id_fkey FOREIGN KEY(account_id, message_id) REFERENCES message (account_id, id) ON DELETE CASCADE
);

CREATE INDEX waiting_account_id_email_ix ON waiting (account_id, email);

CREATE INDEX waiting_in_part_ix ON waiting (account_id, delivery_id) WHERE message_id is not null;

COMMENT ON TABLE waiting IS 'a correspondent who is nobody yet; filed when a person gains the address; path: of which attached original';

-- What is compressed already is not compressed again.
ALTER TABLE raw_chunk ALTER COLUMN data SET STORAGE EXTERNAL;

-- lz4 costs a tenth of pglz; not every Postgres was built with it, and pglz takes half a
-- millisecond for a long text.
DO $$
BEGIN
    ALTER TABLE message ALTER COLUMN text SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
    ALTER TABLE message ALTER COLUMN text SET STORAGE EXTERNAL;
END
$$;
