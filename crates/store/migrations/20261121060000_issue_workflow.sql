-- Since when the substatus is as it is.
ALTER TABLE issues ADD COLUMN substatus_since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN initial_priority BIGINT NOT NULL DEFAULT 75;
-- A person has set the priority: Tocsin leaves it alone.
ALTER TABLE issues ADD COLUMN priority_locked_at BIGINT;
ALTER TABLE issues ADD COLUMN assignee_team_id BIGINT REFERENCES teams (id) ON DELETE SET NULL;
-- Who decided on the assignee: 0 nobody, 1 a person (also on nobody), 2 an ownership rule, 3 a commit.
ALTER TABLE issues ADD COLUMN assigned_by BIGINT NOT NULL DEFAULT 0;
ALTER TABLE issues ADD COLUMN assigned_at BIGINT;
-- Why and since when somebody should look at it.
ALTER TABLE issues ADD COLUMN review_reason BIGINT;
ALTER TABLE issues ADD COLUMN review_since BIGINT;
ALTER TABLE issues ADD COLUMN comments BIGINT NOT NULL DEFAULT 0;
-- Of the owners that the newest event has by the rules: when it is the same, nothing is written.
ALTER TABLE issues ADD COLUMN owners_key BIGINT NOT NULL DEFAULT 0;
-- When time alone changes it next; NULL: never.
ALTER TABLE issues ADD COLUMN due_at BIGINT;
CREATE INDEX issues_due ON issues (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX issues_team ON issues (assignee_team_id);
-- Those whose rows are taken away.
CREATE INDEX issues_deleting ON issues (id) WHERE deleting = 1;
CREATE INDEX issues_first_release ON issues (project_id, first_release);

-- How a resolved issue was resolved.
CREATE TABLE issue_resolutions (
    issue_id BIGINT NOT NULL PRIMARY KEY,
    project_id BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    version TEXT,
    version_date BIGINT,
    -- 1 while it waits for the release after that version, 2 for one that has the commit.
    next BIGINT NOT NULL,
    repository TEXT,
    commit_key TEXT,
    resolved_by BIGINT,
    resolved_at BIGINT NOT NULL
);
CREATE INDEX issue_resolutions_next ON issue_resolutions (project_id, next);

-- Until when an archived issue is; one without a row is so for good. Windows are minutes.
CREATE TABLE issue_snoozes (
    issue_id BIGINT NOT NULL PRIMARY KEY,
    project_id BIGINT NOT NULL,
    until_at BIGINT,
    events BIGINT,
    events_window BIGINT,
    events_base BIGINT NOT NULL,
    users BIGINT,
    users_window BIGINT,
    users_base BIGINT NOT NULL,
    until_escalating BIGINT NOT NULL,
    -- How many events an hour may bring, for each of 14 days, as JSON; and the first of these days.
    ceilings TEXT,
    ceilings_from BIGINT,
    made_by BIGINT,
    made_at BIGINT NOT NULL
);
CREATE INDEX issue_snoozes_escalating ON issue_snoozes (until_escalating, ceilings_from);

-- Only of issues that wait for a rate: those of snoozes with a window, or until they escalate.
CREATE TABLE issue_minutes (
    issue_id BIGINT NOT NULL,
    minute BIGINT NOT NULL,
    events BIGINT NOT NULL,
    PRIMARY KEY (issue_id, minute)
);
CREATE INDEX issue_minutes_minute ON issue_minutes (minute);
CREATE TABLE issue_recent_users (
    issue_id BIGINT NOT NULL,
    user_tag TEXT NOT NULL,
    seen_at BIGINT NOT NULL,
    PRIMARY KEY (issue_id, user_tag)
);
CREATE INDEX issue_recent_users_seen ON issue_recent_users (seen_at);

-- What happened to issues. Comments are of the kind note. The ids rise.
CREATE TABLE issue_activities (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    issue_id BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    -- NULL: Tocsin itself.
    user_id BIGINT REFERENCES users (id) ON DELETE SET NULL,
    data TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT
);
CREATE INDEX issue_activities_issue ON issue_activities (issue_id, id);
CREATE INDEX issue_activities_project ON issue_activities (project_id, id);

-- What is there already. New and regressed issues become ongoing after seven days (in microseconds).
UPDATE issues SET initial_priority = priority,
    substatus_since = CASE WHEN status = 1 THEN COALESCE(resolved_at, last_seen) WHEN substatus = 0 THEN first_seen ELSE last_seen END,
    assigned_by = CASE WHEN assignee_id IS NULL THEN 0 ELSE 1 END,
    due_at = CASE WHEN status = 0 AND substatus = 0 THEN first_seen + 604800000000
        WHEN status = 0 AND substatus = 2 THEN last_seen + 604800000000 ELSE NULL END;
INSERT INTO issue_resolutions (issue_id, project_id, kind, next, resolved_at)
    SELECT id, project_id, 0, 0, COALESCE(resolved_at, last_seen) FROM issues WHERE status = 1;
