-- What was sent beside an event. The event may come later, or never.
CREATE TABLE attachments (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    event_id TEXT NOT NULL,
    -- Known once the event is.
    issue_id BIGINT,
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    -- event.attachment, event.minidump, …
    attachment_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    checksum TEXT NOT NULL,
    file_id BIGINT NOT NULL,
    received_at BIGINT NOT NULL
);
CREATE INDEX attachments_event ON attachments (project_id, event_id, id);
CREATE INDEX attachments_issue ON attachments (project_id, issue_id, id);
CREATE INDEX attachments_received ON attachments (received_at);
