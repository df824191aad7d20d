-- What happened in a week of an organization: the numbers are found once, and every mail is made of them.
CREATE TABLE weekly_reports (
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    -- JSON: the numbers of each project.
    numbers TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- When everybody who gets it had been thought of.
    told_at BIGINT,
    PRIMARY KEY (organization_id, starts_at)
);

-- Who got a week, so that nobody gets it twice.
CREATE TABLE weekly_report_receivers (
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    starts_at BIGINT NOT NULL,
    -- The id of a user, or an address.
    receiver TEXT NOT NULL,
    notification_id BIGINT NOT NULL,
    PRIMARY KEY (organization_id, starts_at, receiver)
);

-- Firings of rules of which somebody said that there was nothing to be told.
CREATE TABLE false_alarms (
    firing_id BIGINT NOT NULL PRIMARY KEY,
    project_id BIGINT NOT NULL,
    issue_id BIGINT NOT NULL,
    made_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    made_at BIGINT NOT NULL
);
CREATE INDEX false_alarms_issue ON false_alarms (issue_id);
CREATE INDEX false_alarms_made ON false_alarms (made_at);

-- What was done in an organization within some time.
CREATE INDEX issue_activities_made ON issue_activities (organization_id, created_at);
