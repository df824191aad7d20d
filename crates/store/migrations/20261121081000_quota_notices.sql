-- Floods of events that spike protection holds down, until they are over: one of each kind of a project.
CREATE TABLE event_spikes (
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    organization_id BIGINT NOT NULL,
    -- The number of the data category.
    category BIGINT NOT NULL,
    -- How many an hour were taken when it began.
    threshold BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    -- When something was dropped last, as far as it was written down.
    dropped_at BIGINT NOT NULL,
    PRIMARY KEY (project_id, category)
);

-- Windows of limits that were used up and of which people were told, so that they are told once.
CREATE TABLE quota_warnings (
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    -- Whose limit: key, project or organization, and its id.
    scope TEXT NOT NULL,
    scope_id BIGINT NOT NULL,
    quota TEXT NOT NULL,
    -- The number of the window: windows of a length are counted from 1970.
    window_number BIGINT NOT NULL,
    reached_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, scope, scope_id, quota, window_number)
);
