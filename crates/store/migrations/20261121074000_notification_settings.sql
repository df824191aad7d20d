-- What users and teams want to be told of, where they have said so.
CREATE TABLE notification_settings (
    id BIGINT NOT NULL PRIMARY KEY,
    -- user:7 or team:7.
    holder TEXT NOT NULL,
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    team_id BIGINT REFERENCES teams (id) ON DELETE CASCADE,
    -- user, team, organization or project, and which.
    scope_kind TEXT NOT NULL,
    scope_id BIGINT NOT NULL,
    -- alerts, workflow, deploy, …
    kind TEXT NOT NULL,
    -- By which it comes; empty for whether it comes at all.
    provider TEXT NOT NULL,
    value TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    UNIQUE (holder, scope_kind, scope_id, kind, provider)
);
CREATE INDEX notification_settings_scope ON notification_settings (scope_kind, scope_id);
-- What users decide on once for everything: toggles, cap, quiet hours. JSON.
CREATE TABLE notification_preferences (
    user_id BIGINT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    value TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
-- Where the mails of one project go, if not to the user's own address.
CREATE TABLE notification_addresses (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    PRIMARY KEY (user_id, project_id)
);
CREATE INDEX notification_addresses_project ON notification_addresses (project_id);

-- What a user wants to be told of in one project, and where. JSON.
CREATE TABLE personal_notification_rules (
    id BIGINT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    value TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    UNIQUE (user_id, project_id)
);
CREATE INDEX personal_notification_rules_project ON personal_notification_rules (project_id);
-- What a team wants to be told of in its projects, and where. JSON.
CREATE TABLE team_notification_rules (
    team_id BIGINT NOT NULL PRIMARY KEY REFERENCES teams (id) ON DELETE CASCADE,
    id BIGINT NOT NULL UNIQUE,
    value TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);
-- What an organization is told of by which service.
CREATE TABLE notification_actions (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    trigger_kind TEXT NOT NULL,
    service TEXT NOT NULL,
    integration_id BIGINT,
    sentry_app_id BIGINT,
    -- specific, user, team or sentry_app.
    target_kind TEXT NOT NULL,
    target_id TEXT NOT NULL,
    target_label TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX notification_actions_organization ON notification_actions (organization_id, id);
-- One without a row holds in all projects.
CREATE TABLE notification_action_projects (
    action_id BIGINT NOT NULL REFERENCES notification_actions (id) ON DELETE CASCADE,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    PRIMARY KEY (action_id, project_id)
);
CREATE INDEX notification_action_projects_project ON notification_action_projects (project_id);

-- Who somebody is, or which channel a team has, in a service where people talk.
CREATE TABLE chat_links (
    holder TEXT NOT NULL,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    team_id BIGINT REFERENCES teams (id) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    label TEXT NOT NULL,
    -- JSON by provider.
    target TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (holder, organization_id, provider)
);
CREATE INDEX chat_links_organization ON chat_links (organization_id);
-- Browsers that show notifications.
CREATE TABLE push_subscriptions (
    id BIGINT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    endpoint TEXT NOT NULL UNIQUE,
    -- With which its messages are sealed.
    p256dh TEXT NOT NULL,
    auth TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_sent_at BIGINT
);
CREATE INDEX push_subscriptions_user ON push_subscriptions (user_id, id);

-- What waits to be told together: by one channel to one recipient.
CREATE TABLE notification_timelines (
    id BIGINT NOT NULL PRIMARY KEY,
    -- Whom, where and why: there is one of each.
    name TEXT NOT NULL UNIQUE,
    -- digest, user_cap, project_cap, quiet_hours, team_window.
    kind TEXT NOT NULL,
    organization_id BIGINT,
    project_id BIGINT,
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    team_id BIGINT REFERENCES teams (id) ON DELETE CASCADE,
    -- When something was told last, or the first came.
    told_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    -- How much waits: more than what is in held_notifications, which is bounded.
    held BIGINT NOT NULL
);
CREATE INDEX notification_timelines_due ON notification_timelines (due_at);
CREATE INDEX notification_timelines_project ON notification_timelines (project_id);
CREATE TABLE held_notifications (
    timeline_id BIGINT NOT NULL REFERENCES notification_timelines (id) ON DELETE CASCADE,
    notification_id BIGINT NOT NULL,
    -- JSON: whom it was to reach, and where.
    recipient TEXT NOT NULL,
    held_at BIGINT NOT NULL,
    PRIMARY KEY (timeline_id, notification_id)
);
CREATE INDEX held_notifications_notification ON held_notifications (notification_id);
-- How much was told in an hour of the clock, to a user or in a project, and how much was held back.
CREATE TABLE notification_counters (
    name TEXT NOT NULL,
    hour BIGINT NOT NULL,
    told BIGINT NOT NULL,
    held BIGINT NOT NULL,
    PRIMARY KEY (name, hour)
);
CREATE INDEX notification_counters_hour ON notification_counters (hour);
