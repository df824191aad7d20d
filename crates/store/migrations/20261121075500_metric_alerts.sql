-- Rules about a number over a window of time.
CREATE TABLE metric_alerts (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- JSON: what is measured, thresholds, actions.
    rule TEXT NOT NULL,
    is_enabled BIGINT NOT NULL,
    owner_user_id BIGINT REFERENCES users (id) ON DELETE SET NULL,
    owner_team_id BIGINT REFERENCES teams (id) ON DELETE SET NULL,
    -- Rises with every change.
    revision BIGINT NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    -- Behind the last minute that was evaluated, and what is remembered from minute to minute, as JSON.
    evaluated_until BIGINT NOT NULL,
    state TEXT NOT NULL,
    -- What was measured last, a number as text; or why nothing was.
    last_value TEXT,
    problem TEXT NOT NULL,
    -- No incident opens before.
    opens_after BIGINT NOT NULL
);
CREATE INDEX metric_alerts_organization ON metric_alerts (organization_id, id);
CREATE INDEX metric_alerts_evaluated ON metric_alerts (evaluated_until);

CREATE TABLE metric_alert_projects (
    metric_alert_id BIGINT NOT NULL REFERENCES metric_alerts (id) ON DELETE CASCADE,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    PRIMARY KEY (metric_alert_id, project_id)
);
CREATE INDEX metric_alert_projects_project ON metric_alert_projects (project_id);

-- Who is not told by a rule for a while.
CREATE TABLE metric_alert_snoozes (
    id BIGINT NOT NULL PRIMARY KEY,
    metric_alert_id BIGINT NOT NULL REFERENCES metric_alerts (id) ON DELETE CASCADE,
    -- NULL: nobody is.
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    -- NULL: until somebody ends it.
    until_at BIGINT,
    made_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX metric_alert_snoozes_rule ON metric_alert_snoozes (metric_alert_id, COALESCE(user_id, 0));

-- Up to where minutes were evaluated, one row; and times in which nobody looked, so that what came then may be missing.
CREATE TABLE metric_alert_watch (
    id BIGINT NOT NULL PRIMARY KEY,
    watched_until BIGINT NOT NULL
);
CREATE TABLE metric_alert_gaps (
    starts_at BIGINT NOT NULL PRIMARY KEY,
    ends_at BIGINT NOT NULL
);

-- Times in which a rule was beyond a threshold.
CREATE TABLE incidents (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    -- Counted from 1 in the organization.
    identifier BIGINT NOT NULL,
    -- It may be gone.
    metric_alert_id BIGINT NOT NULL,
    title TEXT NOT NULL,
    -- JSON: the rule as it was.
    rule TEXT NOT NULL,
    -- 1 open, 2 closed, 10 warning, 20 critical.
    status BIGINT NOT NULL,
    -- 1 by hand, 2 by a change of the rule, 3 by the rule.
    status_method BIGINT NOT NULL,
    -- When the window began that crossed the threshold, when that was noticed, and when it was over.
    started_at BIGINT NOT NULL,
    detected_at BIGINT NOT NULL,
    closed_at BIGINT,
    UNIQUE (organization_id, identifier)
);
CREATE INDEX incidents_rule ON incidents (metric_alert_id, id);
CREATE INDEX incidents_organization ON incidents (organization_id, id);
-- A rule has one open incident.
CREATE UNIQUE INDEX incidents_open ON incidents (metric_alert_id) WHERE closed_at IS NULL;

CREATE TABLE incident_projects (
    incident_id BIGINT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    PRIMARY KEY (incident_id, project_id)
);
CREATE INDEX incident_projects_project ON incident_projects (project_id);

CREATE TABLE incident_activities (
    id BIGINT NOT NULL PRIMARY KEY,
    incident_id BIGINT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    -- 1 created, 2 another status, 3 a comment, 4 detected.
    kind BIGINT NOT NULL,
    user_id BIGINT REFERENCES users (id) ON DELETE SET NULL,
    -- The status after and before.
    status BIGINT,
    status_before BIGINT,
    -- What was measured, a number as text.
    measured TEXT,
    comment TEXT,
    created_at BIGINT NOT NULL
);
CREATE INDEX incident_activities_incident ON incident_activities (incident_id, id);

CREATE TABLE incident_subscriptions (
    incident_id BIGINT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (incident_id, user_id)
);
CREATE INDEX incident_subscriptions_user ON incident_subscriptions (user_id);
