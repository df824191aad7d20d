-- What people set for an organization or a project: one JSON text a topic (filters, scrubbing, grouping, …). A topic
-- without a row has its defaults.
CREATE TABLE organization_settings (
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    topic TEXT NOT NULL,
    value TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, topic)
);

CREATE TABLE project_settings (
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    topic TEXT NOT NULL,
    value TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, topic)
);

-- How many items a key may send in a window of so many seconds; both or none.
ALTER TABLE project_keys ADD COLUMN rate_limit_count BIGINT;
ALTER TABLE project_keys ADD COLUMN rate_limit_window BIGINT;

-- Items with an event id that were not accepted: what became of one event. Accepted ones are in their tables.
CREATE TABLE event_outcomes (
    project_id BIGINT NOT NULL,
    event_id TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    category BIGINT NOT NULL,
    outcome BIGINT NOT NULL,
    reason TEXT NOT NULL
);
CREATE INDEX event_outcomes_event ON event_outcomes (event_id);
CREATE INDEX event_outcomes_project ON event_outcomes (project_id, received_at);
CREATE INDEX event_outcomes_received ON event_outcomes (received_at);
CREATE INDEX outcomes_organization ON outcomes (organization_id, hour);

-- error, transaction, …; an event that belongs to no issue has the issue id 0.
ALTER TABLE events ADD COLUMN event_type TEXT NOT NULL DEFAULT 'error';
-- The hash that decided on the issue, and the strategy that made it; empty for events without an issue.
ALTER TABLE events ADD COLUMN hash TEXT NOT NULL DEFAULT '';
ALTER TABLE events ADD COLUMN grouping_strategy TEXT NOT NULL DEFAULT '';
CREATE INDEX events_id ON events (event_id);

-- Hashes of issues that were deleted and discarded: events with one of them are dropped.
CREATE TABLE discarded_hashes (
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, hash)
);

-- Names of transactions as they came, from which rules for the changing parts of names are made.
CREATE TABLE transaction_names (
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, name)
);
