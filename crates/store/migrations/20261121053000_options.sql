-- What people set by name: for the installation, an organization, a project, or for themselves.
CREATE TABLE options (
    scope TEXT NOT NULL,
    scope_id BIGINT NOT NULL,
    -- The project or the organization in which a user has set it; 0 everywhere else.
    second_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    -- By which way it was set.
    channel TEXT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (scope, scope_id, second_id, name)
);

-- The pictures of users and organizations: PNG in base64, small because they were made so.
CREATE TABLE avatars (
    ident TEXT NOT NULL PRIMARY KEY,
    owner_kind TEXT NOT NULL,
    owner_id BIGINT NOT NULL,
    content TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (owner_kind, owner_id)
);
ALTER TABLE users ADD COLUMN avatar_kind TEXT NOT NULL DEFAULT 'letter_avatar';
ALTER TABLE organizations ADD COLUMN avatar_kind TEXT NOT NULL DEFAULT 'letter_avatar';
