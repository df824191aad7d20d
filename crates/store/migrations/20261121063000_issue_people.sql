-- Who may see to an issue, by rules; the first decides.
CREATE TABLE issue_owners (
    issue_id BIGINT NOT NULL,
    place BIGINT NOT NULL,
    -- 1 an ownership rule, 2 CODEOWNERS, 3 a commit.
    kind BIGINT NOT NULL,
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    team_id BIGINT REFERENCES teams (id) ON DELETE CASCADE,
    rule TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issue_id, place)
);
CREATE TABLE codeowners (
    id BIGINT NOT NULL PRIMARY KEY,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    raw TEXT NOT NULL,
    source_root TEXT NOT NULL,
    stack_root TEXT NOT NULL,
    -- What its names mean here, as JSON: {"@org/team": "#team", "@login": "name@example.com"}.
    names TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
);
CREATE INDEX codeowners_project ON codeowners (project_id, id);

-- Who is told about an issue, or wants not to be.
CREATE TABLE issue_subscriptions (
    issue_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    is_active BIGINT NOT NULL,
    reason BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issue_id, user_id)
);
CREATE INDEX issue_subscriptions_user ON issue_subscriptions (user_id);
CREATE TABLE issue_team_subscriptions (
    issue_id BIGINT NOT NULL,
    team_id BIGINT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    is_active BIGINT NOT NULL,
    reason BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issue_id, team_id)
);
CREATE INDEX issue_team_subscriptions_team ON issue_team_subscriptions (team_id);
CREATE TABLE issue_bookmarks (
    issue_id BIGINT NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (issue_id, user_id)
);
CREATE INDEX issue_bookmarks_user ON issue_bookmarks (user_id);
-- Issues that whoever has the link may see.
CREATE TABLE issue_shares (
    issue_id BIGINT NOT NULL PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    user_id BIGINT,
    created_at BIGINT NOT NULL
);
-- Links to what other systems keep on an issue.
CREATE TABLE issue_links (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    issue_id BIGINT NOT NULL,
    service TEXT NOT NULL,
    display_name TEXT NOT NULL,
    url TEXT NOT NULL,
    created_by BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (issue_id, service, display_name)
);

-- Searches that are kept as tabs.
CREATE TABLE saved_issue_views (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    sort TEXT NOT NULL,
    -- JSON.
    projects TEXT NOT NULL,
    environments TEXT NOT NULL,
    time_filters TEXT NOT NULL,
    -- 0 its owner's, 1 the organization's.
    visibility BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    visited_at BIGINT
);
CREATE INDEX saved_issue_views_organization ON saved_issue_views (organization_id, id);
-- Which of them are tabs, in their order.
CREATE TABLE starred_issue_views (
    view_id BIGINT NOT NULL REFERENCES saved_issue_views (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    PRIMARY KEY (view_id, user_id)
);
CREATE INDEX starred_issue_views_user ON starred_issue_views (user_id, position);
CREATE TABLE recent_issue_searches (
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    query TEXT NOT NULL,
    used_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, user_id, query)
);
