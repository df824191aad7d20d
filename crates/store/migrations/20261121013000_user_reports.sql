-- What users wrote about an event that they met. The event may come later, or never.
CREATE TABLE user_reports (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    event_id TEXT NOT NULL,
    -- Known once the event is.
    issue_id BIGINT,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    comments TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (project_id, event_id)
);
CREATE INDEX user_reports_project ON user_reports (project_id, id);
CREATE INDEX user_reports_issue ON user_reports (project_id, issue_id, id);
CREATE INDEX user_reports_created ON user_reports (created_at);
