-- The ids of an earlier build stand in it as text, which takes twice the room; they are of one day at most.
DROP TABLE recent_event_ids;

CREATE TABLE recent_event_ids (
    project_id BIGINT NOT NULL,
    -- The halves of the event id.
    id_high BIGINT NOT NULL,
    id_low BIGINT NOT NULL,
    timestamp BIGINT NOT NULL,
    received_at BIGINT NOT NULL,
    issue_id BIGINT,
    PRIMARY KEY (project_id, id_high, id_low)
);
CREATE INDEX recent_event_ids_received ON recent_event_ids (received_at);
