-- Second factors: a device that makes codes, codes for when it is lost, browsers that are not asked each time.
CREATE TABLE totp_devices (
    user_id BIGINT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret_sealed TEXT NOT NULL,
    confirmed_at BIGINT,
    last_step BIGINT NOT NULL
);
CREATE TABLE recovery_codes (
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash TEXT NOT NULL,
    PRIMARY KEY (user_id, code_hash)
);
CREATE TABLE trusted_devices (
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    nonce TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX trusted_devices_user ON trusted_devices (user_id);
CREATE INDEX users_username ON users (username);

-- Who was an administrator has every permission, and the address to sign in with counts as confirmed.
INSERT INTO user_permissions (user_id, permission, created_at)
    SELECT id, 'superuser', created_at FROM users WHERE is_admin = 1;
INSERT INTO user_permissions (user_id, permission, created_at)
    SELECT id, 'users.admin', created_at FROM users WHERE is_admin = 1;
INSERT INTO user_permissions (user_id, permission, created_at)
    SELECT id, 'options.admin', created_at FROM users WHERE is_admin = 1;
INSERT INTO user_permissions (user_id, permission, created_at)
    SELECT id, 'broadcasts.admin', created_at FROM users WHERE is_admin = 1;
INSERT INTO user_emails (id, user_id, email, verified_at, created_at)
    SELECT id, id, email, created_at, created_at FROM users;
