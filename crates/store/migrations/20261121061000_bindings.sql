-- What each hash brought, for as long as it is bound to an issue: merging and unmerging move whole bindings, so that what
-- issues count stays exact. A hash that is bound anew has a new binding.
ALTER TABLE issue_hashes ADD COLUMN binding_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issue_hashes ADD COLUMN times_seen BIGINT NOT NULL DEFAULT 0;
-- These are NULL until there is an event whose primary hash it is.
ALTER TABLE issue_hashes ADD COLUMN first_seen BIGINT;
ALTER TABLE issue_hashes ADD COLUMN last_seen BIGINT;
ALTER TABLE issue_hashes ADD COLUMN first_release TEXT;
ALTER TABLE issue_hashes ADD COLUMN last_release TEXT;
UPDATE issue_hashes SET binding_id = numbered.number
    FROM (SELECT project_id, hash, ROW_NUMBER() OVER (ORDER BY project_id, hash) AS number FROM issue_hashes) AS numbered
    WHERE numbered.project_id = issue_hashes.project_id AND numbered.hash = issue_hashes.hash;
CREATE UNIQUE INDEX issue_hashes_binding ON issue_hashes (binding_id);
-- Nothing was merged so far: what an issue counts is given to one of its hashes as a whole.
UPDATE issue_hashes SET times_seen = i.times_seen, first_seen = i.first_seen, last_seen = i.last_seen,
        first_release = i.first_release, last_release = i.last_release
    FROM issues i
    WHERE i.id = issue_hashes.issue_id
        AND issue_hashes.hash = (SELECT MIN(o.hash) FROM issue_hashes o WHERE o.issue_id = i.id);

CREATE TABLE binding_users (
    binding_id BIGINT NOT NULL,
    user_tag TEXT NOT NULL,
    PRIMARY KEY (binding_id, user_tag)
);
INSERT INTO binding_users (binding_id, user_tag)
    SELECT h.binding_id, u.user_tag FROM issue_users u JOIN issue_hashes h ON h.issue_id = u.issue_id
    WHERE h.hash = (SELECT MIN(o.hash) FROM issue_hashes o WHERE o.issue_id = u.issue_id);
DROP TABLE issue_users;

ALTER TABLE issue_environments RENAME TO whole_issue_environments;
CREATE TABLE issue_environments (
    binding_id BIGINT NOT NULL,
    environment TEXT NOT NULL,
    issue_id BIGINT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    times_seen BIGINT NOT NULL,
    PRIMARY KEY (binding_id, environment)
);
INSERT INTO issue_environments (binding_id, environment, issue_id, first_seen, last_seen, times_seen)
    SELECT h.binding_id, e.environment, e.issue_id, e.first_seen, e.last_seen, e.times_seen
    FROM whole_issue_environments e JOIN issue_hashes h ON h.issue_id = e.issue_id
    WHERE h.hash = (SELECT MIN(o.hash) FROM issue_hashes o WHERE o.issue_id = e.issue_id);
DROP TABLE whole_issue_environments;
CREATE INDEX issue_environments_issue ON issue_environments (issue_id, environment);

-- Bindings that were let go: the rows of their users are taken away in steps.
CREATE TABLE dropped_bindings (
    binding_id BIGINT NOT NULL PRIMARY KEY
);

-- Issues that were merged into others.
CREATE TABLE issue_redirects (
    issue_id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    short_number BIGINT NOT NULL,
    target_id BIGINT NOT NULL
);
CREATE INDEX issue_redirects_target ON issue_redirects (target_id);
CREATE UNIQUE INDEX issue_redirects_number ON issue_redirects (project_id, short_number);

-- Merges and unmerges: what belongs to events, as attachments, is moved in steps behind them. The row is the state, so
-- that a restart goes on with it. It stays for a day: what is sent beside an event comes that long after it.
CREATE TABLE issue_moves (
    id BIGINT NOT NULL PRIMARY KEY,
    project_id BIGINT NOT NULL,
    -- 0 merge, 1 unmerge.
    kind BIGINT NOT NULL,
    source_id BIGINT NOT NULL,
    target_id BIGINT NOT NULL,
    -- Of an unmerge: JSON.
    hashes TEXT NOT NULL,
    -- 0 attachments, 1 reports of users, 2 done.
    stage BIGINT NOT NULL,
    -- Rows up to this id were looked at.
    reached BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX issue_moves_source ON issue_moves (source_id);
CREATE INDEX issue_moves_target ON issue_moves (target_id);
CREATE INDEX issue_moves_stage ON issue_moves (stage, id);
