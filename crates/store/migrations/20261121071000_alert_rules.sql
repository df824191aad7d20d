-- Issue alert rules.
CREATE TABLE alert_rules (
    id BIGINT NOT NULL PRIMARY KEY,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- JSON: conditions, filters, actions, how they are joined, how often, in which environment.
    definition TEXT NOT NULL,
    -- Of the definition: two rules of a project that do the same are one.
    digest TEXT NOT NULL,
    -- It asks for counts, which not every event can be held against at once.
    is_slow BIGINT NOT NULL,
    is_enabled BIGINT NOT NULL,
    owner_user_id BIGINT REFERENCES users (id) ON DELETE SET NULL,
    owner_team_id BIGINT REFERENCES teams (id) ON DELETE SET NULL,
    -- Rises with every change.
    revision BIGINT NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX alert_rules_project ON alert_rules (project_id, digest);

-- Who is not told by a rule for a while.
CREATE TABLE alert_rule_snoozes (
    id BIGINT NOT NULL PRIMARY KEY,
    rule_id BIGINT NOT NULL REFERENCES alert_rules (id) ON DELETE CASCADE,
    -- NULL: nobody is.
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    -- NULL: until somebody ends it.
    until_at BIGINT,
    made_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX alert_rule_snoozes_rule ON alert_rule_snoozes (rule_id, COALESCE(user_id, 0));

-- Times in which no rule of a project fires.
CREATE TABLE maintenance_windows (
    id BIGINT NOT NULL PRIMARY KEY,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    reason TEXT NOT NULL,
    made_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX maintenance_windows_project ON maintenance_windows (project_id, ends_at);

-- The history of one thing.
CREATE INDEX audit_entries_target ON audit_entries (target_kind, target_id, id);
