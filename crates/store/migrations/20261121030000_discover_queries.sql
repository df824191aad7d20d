-- Questions about events that members of an organization keep. `query` is the JSON of fields, conditions, order, time and
-- chart; without projects it is about all of them.
CREATE TABLE discover_queries (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    created_by BIGINT REFERENCES users (id) ON DELETE SET NULL,
    name TEXT NOT NULL,
    dataset TEXT NOT NULL,
    query TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    visits BIGINT NOT NULL DEFAULT 1,
    last_visited_at BIGINT
);
CREATE INDEX discover_queries_organization ON discover_queries (organization_id);

CREATE TABLE discover_query_projects (
    query_id BIGINT NOT NULL REFERENCES discover_queries (id) ON DELETE CASCADE,
    project_id BIGINT NOT NULL REFERENCES projects (id) ON DELETE CASCADE,
    PRIMARY KEY (query_id, project_id)
);
CREATE INDEX discover_query_projects_project ON discover_query_projects (project_id);
