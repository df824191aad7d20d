-- Times are microseconds since 1970 UTC, flags 0 or 1, JSON is text. Ids are made by the application.

CREATE TABLE instance (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE users (
    id BIGINT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    is_admin BIGINT NOT NULL,
    is_active BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_login_at BIGINT
);

CREATE TABLE browser_sessions (
    id BIGINT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token_hash TEXT NOT NULL UNIQUE,
    csrf_token TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX browser_sessions_user ON browser_sessions (user_id);

CREATE TABLE api_tokens (
    id BIGINT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    last_characters TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX api_tokens_user ON api_tokens (user_id);

CREATE TABLE organizations (
    id BIGINT NOT NULL PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE members (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (organization_id, user_id)
);
CREATE INDEX members_user ON members (user_id);

CREATE TABLE teams (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (organization_id, slug)
);

CREATE TABLE team_members (
    team_id BIGINT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (team_id, user_id)
);

CREATE TABLE projects (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    platform TEXT,
    created_at BIGINT NOT NULL,
    first_event_at BIGINT,
    -- The number in the short id of the newest issue.
    last_short_number BIGINT NOT NULL,
    -- 1 while its rows are being removed; it is then visible nowhere.
    deleting BIGINT NOT NULL,
    UNIQUE (organization_id, slug)
);

CREATE TABLE project_teams (
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    team_id BIGINT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    PRIMARY KEY (project_id, team_id)
);
CREATE INDEX project_teams_team ON project_teams (team_id);

CREATE TABLE project_keys (
    id BIGINT NOT NULL PRIMARY KEY,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    public_key TEXT NOT NULL UNIQUE,
    secret_key TEXT NOT NULL,
    label TEXT NOT NULL,
    status BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX project_keys_project ON project_keys (project_id);

CREATE TABLE environments (
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, name)
);

CREATE TABLE issues (
    id BIGINT NOT NULL PRIMARY KEY,
    project_id BIGINT NOT NULL,
    short_number BIGINT NOT NULL,
    -- error, default, csp, …: the type of the newest event.
    event_type TEXT NOT NULL,
    title TEXT NOT NULL,
    culprit TEXT NOT NULL,
    metadata TEXT NOT NULL,
    search_text TEXT NOT NULL,
    level BIGINT NOT NULL,
    platform TEXT NOT NULL,
    logger TEXT NOT NULL,
    unhandled BIGINT NOT NULL,
    status BIGINT NOT NULL,
    substatus BIGINT NOT NULL,
    priority BIGINT NOT NULL,
    resolved_at BIGINT,
    assignee_id BIGINT REFERENCES users (id) ON DELETE SET NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    times_seen BIGINT NOT NULL,
    users_seen BIGINT NOT NULL,
    first_release TEXT,
    last_release TEXT,
    -- 1 while its rows are being removed; it is then visible nowhere.
    deleting BIGINT NOT NULL,
    UNIQUE (project_id, short_number)
);
CREATE INDEX issues_last_seen ON issues (project_id, last_seen);
CREATE INDEX issues_first_seen ON issues (project_id, first_seen);
CREATE INDEX issues_times_seen ON issues (project_id, times_seen);
CREATE INDEX issues_users_seen ON issues (project_id, users_seen);
CREATE INDEX issues_assignee ON issues (assignee_id);

-- An issue is a set of hashes: what new events with one of them join.
CREATE TABLE issue_hashes (
    project_id BIGINT NOT NULL,
    hash TEXT NOT NULL,
    issue_id BIGINT NOT NULL,
    PRIMARY KEY (project_id, hash)
);
CREATE INDEX issue_hashes_issue ON issue_hashes (issue_id);

CREATE TABLE issue_users (
    issue_id BIGINT NOT NULL,
    user_tag TEXT NOT NULL,
    PRIMARY KEY (issue_id, user_tag)
);

CREATE TABLE issue_environments (
    issue_id BIGINT NOT NULL,
    environment TEXT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen BIGINT NOT NULL,
    times_seen BIGINT NOT NULL,
    PRIMARY KEY (issue_id, environment)
);

-- Who has opened an issue, and when last.
CREATE TABLE issue_views (
    issue_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    viewed_at BIGINT NOT NULL,
    PRIMARY KEY (issue_id, user_id)
);

CREATE TABLE events (
    project_id BIGINT NOT NULL,
    event_id TEXT NOT NULL,
    issue_id BIGINT NOT NULL,
    timestamp BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    environment TEXT NOT NULL,
    -- id:…, username:…, email:… or ip:…; empty for an event without a user.
    user_tag TEXT NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (project_id, event_id)
);
CREATE INDEX events_issue ON events (project_id, issue_id, timestamp, event_id);
CREATE INDEX events_project ON events (project_id, timestamp, event_id);

CREATE TABLE event_tags (
    project_id BIGINT NOT NULL,
    issue_id BIGINT NOT NULL,
    event_id TEXT NOT NULL,
    tag_key TEXT NOT NULL,
    tag_value TEXT NOT NULL,
    timestamp BIGINT NOT NULL
);
CREATE INDEX event_tags_issue ON event_tags (issue_id, tag_key, tag_value);

-- Event ids of the last 24 hours of receipt: what arrives again is a duplicate.
CREATE TABLE recent_event_ids (
    project_id BIGINT NOT NULL,
    event_id TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, event_id)
);
CREATE INDEX recent_event_ids_received ON recent_event_ids (received_at);

CREATE TABLE outcomes (
    hour BIGINT NOT NULL,
    organization_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    key_id BIGINT NOT NULL,
    category BIGINT NOT NULL,
    outcome BIGINT NOT NULL,
    reason TEXT NOT NULL,
    quantity BIGINT NOT NULL,
    PRIMARY KEY (hour, organization_id, project_id, key_id, category, outcome, reason)
);
CREATE INDEX outcomes_project ON outcomes (project_id, hour);

-- Up to where the spool has been processed, per shard.
CREATE TABLE spool_positions (
    shard BIGINT NOT NULL PRIMARY KEY,
    position BIGINT NOT NULL
);
