-- Mails are deliveries now. What was written before was sent nowhere, and the links in it have expired.
DROP TABLE mails;

-- The first mail about an issue to an address: later ones answer it, so that mail programs show them together.
CREATE TABLE mail_threads (
    address TEXT NOT NULL,
    issue_id BIGINT NOT NULL,
    message_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (address, issue_id)
);
CREATE INDEX mail_threads_issue ON mail_threads (issue_id);

-- Addresses of an organization that are no user's, as lists. One that begins with @ is a whole domain.
CREATE TABLE mail_addresses (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    purpose TEXT NOT NULL,
    -- The hash of the secret in the mail that asks whether it may be used.
    confirmation TEXT NOT NULL,
    confirmed_at BIGINT,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (organization_id, address)
);
CREATE INDEX mail_addresses_confirmation ON mail_addresses (confirmation);

-- Servers refused an address for good so many times in a row.
CREATE TABLE mail_bounces (
    address TEXT NOT NULL PRIMARY KEY,
    hard_bounces BIGINT NOT NULL,
    answer TEXT NOT NULL,
    last_at BIGINT NOT NULL
);

-- Addresses that are no user's and do not want to hear of an issue.
CREATE TABLE mail_mutes (
    address TEXT NOT NULL,
    issue_id BIGINT NOT NULL,
    PRIMARY KEY (address, issue_id)
);
CREATE INDEX mail_mutes_issue ON mail_mutes (issue_id);

-- Templates that could not be used: the mail went out as if there were none.
CREATE TABLE mail_template_problems (
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    -- 0: that of the project.
    rule_id BIGINT NOT NULL,
    -- subject or body.
    part TEXT NOT NULL,
    message TEXT NOT NULL,
    last_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, rule_id, part)
);

-- Links in mails to a user hold this number; with another one they do nothing any more.
CREATE TABLE mail_link_generations (
    user_id BIGINT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    generation BIGINT NOT NULL
);
