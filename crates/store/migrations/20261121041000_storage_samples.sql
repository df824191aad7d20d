-- How much the installation takes, once an hour: what the growth is told from.
CREATE TABLE storage_samples (
    at BIGINT NOT NULL PRIMARY KEY,
    bytes BIGINT NOT NULL
);
