-- Items of envelopes that no part of the product reads yet, kept whole.
CREATE TABLE stored_items (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    -- session, check_in, replay_recording, …
    kind TEXT NOT NULL,
    -- What items belong together: the id of the replay, profiler, check-in, session or trace; else empty.
    item_key TEXT NOT NULL,
    -- The id and the number of the item within that, if it has them.
    part TEXT NOT NULL,
    position BIGINT NOT NULL,
    -- What only one item of a kind can have; null where every item counts.
    natural_key TEXT,
    event_id TEXT,
    timestamp BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    release_name TEXT,
    environment TEXT,
    -- Bytes before compression.
    size BIGINT NOT NULL,
    -- zstd, here up to 64 KB, else in a file.
    payload BYTEA,
    file_id BIGINT,
    UNIQUE (project_id, kind, natural_key)
);
CREATE INDEX stored_items_key ON stored_items (project_id, kind, item_key, id);
CREATE INDEX stored_items_kind ON stored_items (project_id, kind, id);
CREATE INDEX stored_items_received ON stored_items (received_at);
