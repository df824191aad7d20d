-- Work that is to be done later, once. Written with what causes it.
CREATE TABLE jobs (
    id BIGINT NOT NULL PRIMARY KEY,
    -- Which work it is.
    name TEXT NOT NULL,
    -- outbox: in order within its shard; delivery: each by itself.
    lane TEXT NOT NULL,
    shard TEXT NOT NULL,
    -- Of an outbox: the last job of a shard, name and object does for all of them.
    object TEXT,
    payload TEXT NOT NULL,
    -- waiting, running, dead. Of an outbox always waiting: its shard is held as a whole.
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- 0: at once.
    due_at BIGINT NOT NULL,
    -- When the wait until then began; NULL: due_at was asked for as a point in time.
    waits_from BIGINT,
    -- How often it failed.
    attempts BIGINT NOT NULL,
    -- How often its worker was gone before it had ended.
    lapses BIGINT NOT NULL,
    worker_id BIGINT,
    -- Of the last attempt.
    tried_at BIGINT,
    error TEXT
);
CREATE INDEX jobs_due ON jobs (lane, state, shard, due_at, id);
CREATE INDEX jobs_object ON jobs (shard, name, object) WHERE object IS NOT NULL;
CREATE INDEX jobs_worker ON jobs (worker_id) WHERE worker_id IS NOT NULL;

-- Shards of the outbox that somebody works on, or that wait after a failure. The others have no row.
CREATE TABLE job_shards (
    shard TEXT NOT NULL PRIMARY KEY,
    worker_id BIGINT,
    due_at BIGINT NOT NULL,
    waits_from BIGINT,
    attempts BIGINT NOT NULL,
    lapses BIGINT NOT NULL,
    tried_at BIGINT,
    error TEXT
);
CREATE INDEX job_shards_worker ON job_shards (worker_id) WHERE worker_id IS NOT NULL;

-- Workers that hold jobs. One whose beat stands still is gone.
CREATE TABLE job_workers (
    id BIGINT NOT NULL PRIMARY KEY,
    beat BIGINT NOT NULL
);

-- Up to which point in time the jobs of a schedule were written.
CREATE TABLE job_schedules (
    name TEXT NOT NULL PRIMARY KEY,
    last_at BIGINT NOT NULL
);
