-- Content in parts of at most 1 MB, each kept once under its SHA-1; the bytes are objects outside of the database.
CREATE TABLE blobs (
    checksum TEXT NOT NULL PRIMARY KEY,
    path TEXT NOT NULL UNIQUE,
    size BIGINT NOT NULL,
    -- When somebody last relied on it; at most 12 hours behind.
    touched_at BIGINT NOT NULL,
    -- When a file that it was part of went: it is then looked at, and removed if no other file has it.
    released_at BIGINT
);
CREATE INDEX blobs_released ON blobs (released_at) WHERE released_at IS NOT NULL;

-- Who has sent a blob, and so may name it by its checksum alone.
CREATE TABLE blob_owners (
    organization_id BIGINT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
    checksum TEXT NOT NULL REFERENCES blobs (checksum) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (organization_id, checksum)
);
CREATE INDEX blob_owners_checksum ON blob_owners (checksum);

-- Objects that nothing names any longer.
CREATE TABLE blob_removals (
    path TEXT NOT NULL PRIMARY KEY,
    due_at BIGINT NOT NULL
);
CREATE INDEX blob_removals_due ON blob_removals (due_at);

CREATE TABLE files (
    id BIGINT NOT NULL PRIMARY KEY,
    organization_id BIGINT NOT NULL,
    project_id BIGINT NOT NULL,
    name TEXT NOT NULL,
    size BIGINT NOT NULL,
    checksum TEXT NOT NULL,
    content_type TEXT NOT NULL,
    -- Further headers of what was sent, as a JSON object.
    headers TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE file_blobs (
    file_id BIGINT NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    -- Where in the file the blob begins.
    start_byte BIGINT NOT NULL,
    checksum TEXT NOT NULL REFERENCES blobs (checksum),
    PRIMARY KEY (file_id, start_byte)
);
CREATE INDEX file_blobs_checksum ON file_blobs (checksum);
