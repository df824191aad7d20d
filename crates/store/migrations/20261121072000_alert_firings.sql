-- What a rule remembers of an issue.
CREATE TABLE alert_rule_issues (
    rule_id BIGINT NOT NULL,
    issue_id BIGINT NOT NULL,
    -- When the event that made it fire was received, and the sequence of that event.
    last_fired_at BIGINT NOT NULL,
    last_sequence BIGINT NOT NULL,
    times_fired BIGINT NOT NULL,
    PRIMARY KEY (rule_id, issue_id)
);
CREATE INDEX alert_rule_issues_issue ON alert_rule_issues (issue_id);

CREATE TABLE alert_firings (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    rule_id BIGINT NOT NULL,
    issue_id BIGINT NOT NULL,
    event_id TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    -- When the event was received, and when it was decided.
    received_at BIGINT NOT NULL,
    fired_at BIGINT NOT NULL,
    notification_id BIGINT NOT NULL,
    -- JSON: each condition and filter with what it found.
    reasons TEXT NOT NULL,
    -- An event id may come again when it is no longer remembered; that is another event.
    UNIQUE (rule_id, sequence)
);
CREATE INDEX alert_firings_received ON alert_firings (received_at);
CREATE INDEX alert_firings_rule ON alert_firings (rule_id, received_at);
CREATE INDEX alert_firings_issue ON alert_firings (issue_id, id);
CREATE INDEX alert_firings_project ON alert_firings (project_id, id);
CREATE INDEX alert_firings_event ON alert_firings (project_id, event_id);

-- Why a rule did not fire for events of an issue: like answers of one hour are one row.
CREATE TABLE alert_evaluations (
    rule_id BIGINT NOT NULL,
    issue_id BIGINT NOT NULL,
    hour BIGINT NOT NULL,
    -- The code of the reason, and what it is about.
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    project_id BIGINT NOT NULL,
    events BIGINT NOT NULL,
    first_sequence BIGINT NOT NULL,
    last_sequence BIGINT NOT NULL,
    first_event_id TEXT NOT NULL,
    last_event_id TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (rule_id, issue_id, hour, reason, detail)
);
CREATE INDEX alert_evaluations_issue ON alert_evaluations (issue_id, hour);
CREATE INDEX alert_evaluations_hour ON alert_evaluations (hour);
