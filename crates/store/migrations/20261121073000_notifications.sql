-- A cause to tell people something, written with what causes it.
CREATE TABLE notifications (
    id BIGINT NOT NULL PRIMARY KEY,
    -- Goes with it all the way, to every receiver.
    uuid TEXT NOT NULL UNIQUE,
    -- NULL: the installation's, as a mail about an account.
    organization_id BIGINT,
    project_id BIGINT,
    issue_id BIGINT,
    event_id TEXT,
    -- issue_alert, activity, metric_alert, …
    kind TEXT NOT NULL,
    -- JSON by kind: what happened.
    cause TEXT NOT NULL,
    is_critical BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- When its recipients were found.
    planned_at BIGINT
);
CREATE INDEX notifications_organization ON notifications (organization_id, id);
CREATE INDEX notifications_project ON notifications (project_id, id);
CREATE INDEX notifications_issue ON notifications (issue_id, id);

-- Who was, or was not, to be told of it, and why.
CREATE TABLE notification_recipients (
    notification_id BIGINT NOT NULL,
    place BIGINT NOT NULL,
    -- user, team, address, target.
    kind TEXT NOT NULL,
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    team_id BIGINT REFERENCES teams (id) ON DELETE CASCADE,
    -- An address, or what else names it.
    label TEXT NOT NULL,
    -- Empty where none was chosen.
    channel TEXT NOT NULL,
    is_told BIGINT NOT NULL,
    -- The code of the reason, and what it is about.
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    delivery_id BIGINT,
    PRIMARY KEY (notification_id, place)
);
CREATE INDEX notification_recipients_user ON notification_recipients (user_id, notification_id);
CREATE INDEX notification_recipients_delivery ON notification_recipients (delivery_id);

-- One message to one recipient by one channel.
CREATE TABLE deliveries (
    id BIGINT NOT NULL PRIMARY KEY,
    notification_id BIGINT NOT NULL,
    organization_id BIGINT,
    project_id BIGINT,
    issue_id BIGINT,
    user_id BIGINT REFERENCES users (id) ON DELETE SET NULL,
    channel TEXT NOT NULL,
    -- As people read it: an address, a channel, the host of a URL.
    label TEXT NOT NULL,
    -- JSON by channel: where it goes, and what the message depends on.
    target TEXT NOT NULL,
    -- JSON by channel: the message. It is made before the first attempt and is the same in all of them.
    content TEXT,
    -- Two deliveries with one key are one.
    dedup_key TEXT NOT NULL UNIQUE,
    -- waiting, held, sent, refused, failed, dropped.
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    -- 1: the answer to an attempt was lost, so it may have come twice.
    is_doubtful BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    next_attempt_at BIGINT,
    sent_at BIGINT
);
CREATE INDEX deliveries_notification ON deliveries (notification_id);
CREATE INDEX deliveries_organization ON deliveries (organization_id, id);
CREATE INDEX deliveries_issue ON deliveries (issue_id, id);
CREATE INDEX deliveries_user ON deliveries (user_id, id);
CREATE INDEX deliveries_state ON deliveries (state, id);

CREATE TABLE delivery_attempts (
    delivery_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    -- NULL: it goes on, or the process ended before there was an answer.
    ended_at BIGINT,
    -- sent, refused, retry, lost; empty while it goes on.
    outcome TEXT NOT NULL,
    answer TEXT NOT NULL,
    next_attempt_at BIGINT,
    PRIMARY KEY (delivery_id, number)
);
