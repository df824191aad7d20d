-- Events are in the event index. What follows is what ties it to this database.

-- Batches of the spool whose documents are perhaps not in all indexes yet: after a crash they are added once more.
CREATE TABLE index_batches (
    -- Behind the batch.
    position BIGINT NOT NULL PRIMARY KEY,
    start_position BIGINT NOT NULL,
    -- What was decided on each accepted item, as JSON.
    decisions TEXT NOT NULL
);

-- Hashes of deleted issues: rows up to a sequence are hidden, until they are removed from the index.
CREATE TABLE removed_hashes (
    project_id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    until_sequence BIGINT NOT NULL,
    PRIMARY KEY (project_id, hash)
);

-- To which issue an event of the last 24 hours belongs, and when it happened.
ALTER TABLE recent_event_ids ADD COLUMN issue_id BIGINT;
ALTER TABLE recent_event_ids ADD COLUMN timestamp BIGINT NOT NULL DEFAULT 0;

-- The newest sequence of a row of the index: ids go on behind it.
ALTER TABLE spool_positions ADD COLUMN newest_sequence BIGINT NOT NULL DEFAULT 0;

DROP TABLE event_tags;
DROP TABLE events;
