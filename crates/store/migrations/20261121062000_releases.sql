-- What was released, in an organization.
CREATE TABLE releases (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    version TEXT NOT NULL,
    -- A text whose order is that of semantic versions; NULL: it is none.
    version_key TEXT,
    -- 0 open, 1 archived.
    status BIGINT NOT NULL,
    ref TEXT,
    url TEXT,
    owner_id BIGINT REFERENCES users (id) ON DELETE SET NULL,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    released_at BIGINT,
    -- When it was released, else when it came to be known.
    ordered_at BIGINT NOT NULL,
    UNIQUE (organization_id, version)
);
CREATE INDEX releases_order ON releases (organization_id, ordered_at, id);
CREATE TABLE release_projects (
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    release_id BIGINT NOT NULL REFERENCES releases (id) ON DELETE CASCADE,
    PRIMARY KEY (project_id, release_id)
);
CREATE INDEX release_projects_release ON release_projects (release_id);
-- Where and when events named a release.
CREATE TABLE release_environments (
    release_id BIGINT NOT NULL REFERENCES releases (id) ON DELETE CASCADE,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    -- Empty for events that name none.
    environment TEXT NOT NULL,
    first_seen BIGINT NOT NULL,
    -- Behind by up to a minute.
    last_seen BIGINT NOT NULL,
    PRIMARY KEY (release_id, project_id, environment)
);
CREATE INDEX release_environments_project ON release_environments (project_id);
CREATE TABLE deploys (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    release_id BIGINT NOT NULL REFERENCES releases (id) ON DELETE CASCADE,
    environment TEXT NOT NULL,
    name TEXT,
    url TEXT,
    started_at BIGINT,
    finished_at BIGINT NOT NULL
);
CREATE INDEX deploys_release ON deploys (release_id, finished_at);
CREATE TABLE deploy_projects (
    deploy_id BIGINT NOT NULL REFERENCES deploys (id) ON DELETE CASCADE,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    PRIMARY KEY (deploy_id, project_id)
);
CREATE INDEX deploy_projects_project ON deploy_projects (project_id);
CREATE TABLE repositories (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (organization_id, name)
);
CREATE TABLE commits (
    id BIGINT NOT NULL PRIMARY KEY,
    repository_id BIGINT NOT NULL REFERENCES repositories (id) ON DELETE CASCADE,
    commit_key TEXT NOT NULL,
    message TEXT NOT NULL,
    author_name TEXT NOT NULL,
    author_email TEXT NOT NULL,
    committed_at BIGINT NOT NULL,
    UNIQUE (repository_id, commit_key)
);
CREATE TABLE release_commits (
    release_id BIGINT NOT NULL REFERENCES releases (id) ON DELETE CASCADE,
    -- The newest is 0.
    position BIGINT NOT NULL,
    commit_id BIGINT NOT NULL REFERENCES commits (id) ON DELETE CASCADE,
    PRIMARY KEY (release_id, position)
);
CREATE INDEX release_commits_commit ON release_commits (commit_id);
