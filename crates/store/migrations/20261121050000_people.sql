-- People: names and addresses of users, what a browser session may do for a while, members' roles in teams,
-- invitations, what is kept of deeds.

ALTER TABLE users ADD COLUMN username TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN session_nonce TEXT NOT NULL DEFAULT '';
-- Empty: that of the browser.
ALTER TABLE users ADD COLUMN time_zone TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN avatar_ident TEXT;
ALTER TABLE users ADD COLUMN last_active_at BIGINT;
ALTER TABLE users ADD COLUMN password_changed_at BIGINT;
UPDATE users SET username = email;
CREATE TABLE user_emails (
    id BIGINT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    verified_at BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (user_id, email)
);
CREATE INDEX user_emails_email ON user_emails (email);
-- Links in mails, as to confirm an address or to choose a new password: for one use, and kept as their hash.
CREATE TABLE mail_links (
    token_hash TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    user_id BIGINT REFERENCES users (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE TABLE user_permissions (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    permission TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, permission)
);

ALTER TABLE browser_sessions ADD COLUMN nonce TEXT NOT NULL DEFAULT '';
ALTER TABLE browser_sessions ADD COLUMN ip TEXT NOT NULL DEFAULT '';
ALTER TABLE browser_sessions ADD COLUMN user_agent TEXT NOT NULL DEFAULT '';
ALTER TABLE browser_sessions ADD COLUMN last_seen_at BIGINT;
ALTER TABLE browser_sessions ADD COLUMN sudo_until BIGINT;
ALTER TABLE browser_sessions ADD COLUMN superuser_until BIGINT;
ALTER TABLE browser_sessions ADD COLUMN superuser_seen_at BIGINT;

-- When it goes for good: until then it is out of sight and takes no events, and may come back.
ALTER TABLE organizations ADD COLUMN delete_at BIGINT;
ALTER TABLE organizations ADD COLUMN avatar_ident TEXT;
ALTER TABLE projects ADD COLUMN delete_at BIGINT;
-- What it was called before, while it may come back: others may take its slug.
ALTER TABLE projects ADD COLUMN hidden_slug TEXT;

ALTER TABLE team_members ADD COLUMN role TEXT NOT NULL DEFAULT 'contributor';
CREATE TABLE team_requests (
    id BIGINT NOT NULL PRIMARY KEY,
    team_id BIGINT NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    UNIQUE (team_id, user_id)
);

-- Slugs that were given up lead to what had them. Of the organization itself where project_id is 0.
CREATE TABLE slug_redirects (
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    project_id BIGINT NOT NULL,
    slug TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, project_id, slug)
);
CREATE INDEX slug_redirects_slug ON slug_redirects (slug);

-- Who was invited or asks to join: becomes a member when it is accepted. An id is that of no member.
CREATE TABLE invitations (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    teams TEXT NOT NULL,
    status TEXT NOT NULL,
    token_hash TEXT UNIQUE,
    token_sealed TEXT,
    inviter_id BIGINT REFERENCES users (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    UNIQUE (organization_id, email)
);

CREATE TABLE audit_entries (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT,
    actor_kind TEXT NOT NULL,
    actor_id BIGINT NOT NULL,
    actor_label TEXT NOT NULL,
    ip TEXT NOT NULL,
    channel TEXT NOT NULL,
    action TEXT NOT NULL,
    target_kind TEXT NOT NULL,
    target_id BIGINT NOT NULL,
    target_label TEXT NOT NULL,
    before_value TEXT NOT NULL,
    after_value TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX audit_entries_organization ON audit_entries (organization_id, id);

ALTER TABLE api_tokens ADD COLUMN expires_at BIGINT;
CREATE TABLE organization_tokens (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    last_characters TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT,
    last_used_at BIGINT,
    last_project_id BIGINT,
    deactivated_at BIGINT
);
CREATE INDEX organization_tokens_organization ON organization_tokens (organization_id);

-- Not offered in lists, while what came in them stays.
ALTER TABLE environments ADD COLUMN is_hidden BIGINT NOT NULL DEFAULT 0;
