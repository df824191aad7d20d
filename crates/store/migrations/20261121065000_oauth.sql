-- Applications that act for users: what they are, what users have allowed them, the codes with which they fetch tokens.

CREATE TABLE oauth_applications (
    id BIGINT NOT NULL PRIMARY KEY,
    owner_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL UNIQUE,
    secret_hash TEXT NOT NULL,
    name TEXT NOT NULL,
    -- One a line.
    redirect_uris TEXT NOT NULL,
    -- One a line, and a line break around each.
    allowed_origins TEXT NOT NULL,
    homepage_url TEXT NOT NULL,
    privacy_url TEXT NOT NULL,
    terms_url TEXT NOT NULL,
    is_active BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX oauth_applications_owner ON oauth_applications (owner_id);
CREATE TABLE oauth_authorizations (
    id BIGINT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    application_id BIGINT NOT NULL REFERENCES oauth_applications (id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (user_id, application_id)
);
CREATE INDEX oauth_authorizations_application ON oauth_authorizations (application_id);
-- A code is kept only as its hash, and after its use: one that comes again was stolen.
CREATE TABLE oauth_grants (
    id BIGINT NOT NULL PRIMARY KEY,
    code_hash TEXT NOT NULL UNIQUE,
    application_id BIGINT NOT NULL REFERENCES oauth_applications (id) ON DELETE CASCADE,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    scopes TEXT NOT NULL,
    -- As the request named it; empty where it named none.
    redirect_uri TEXT NOT NULL,
    challenge TEXT,
    challenge_method TEXT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT
);
CREATE INDEX oauth_grants_user ON oauth_grants (user_id);
CREATE INDEX oauth_grants_application ON oauth_grants (application_id);
CREATE INDEX oauth_grants_expires ON oauth_grants (expires_at);

-- Absent for the tokens that users make for themselves.
ALTER TABLE api_tokens ADD COLUMN application_id BIGINT REFERENCES oauth_applications (id) ON DELETE CASCADE;
ALTER TABLE api_tokens ADD COLUMN grant_id BIGINT;
ALTER TABLE api_tokens ADD COLUMN refresh_hash TEXT;
CREATE INDEX api_tokens_application ON api_tokens (application_id);
CREATE INDEX api_tokens_grant ON api_tokens (grant_id);
CREATE UNIQUE INDEX api_tokens_refresh ON api_tokens (refresh_hash);
