-- The audit trail is a chain for each workflow: an event's hash covers the one before it, and the trail's head says how many
-- there are and what the last one's hash is. A trail is written once, whole, and never changed.
ALTER TABLE audit_event ADD COLUMN hash TEXT NOT NULL DEFAULT '';

CREATE TABLE audit_trail
(
    workflow_id TEXT NOT NULL PRIMARY KEY,
    at          INTEGER NOT NULL,
    subject     TEXT,
    tenant      TEXT,
    definition  TEXT,
    events      INTEGER NOT NULL,
    hash        TEXT NOT NULL
);

CREATE INDEX audit_trail_at ON audit_trail (at, workflow_id);
CREATE INDEX audit_trail_subject ON audit_trail (subject, at, workflow_id);
