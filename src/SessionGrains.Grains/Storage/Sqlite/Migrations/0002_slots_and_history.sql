-- The place that a workflow takes while it lives. Times are unix milliseconds of the caller's clock.
CREATE TABLE slot
(
    workflow_id TEXT NOT NULL PRIMARY KEY,
    user_key    TEXT NOT NULL,
    tenant_key  TEXT NOT NULL,
    definition  TEXT NOT NULL,
    reserved_at INTEGER NOT NULL,
    released_at INTEGER,
    key_hash    TEXT,
    body_hash   TEXT
);

CREATE INDEX slot_user ON slot (user_key, reserved_at, workflow_id);
CREATE INDEX slot_tenant_live ON slot (tenant_key, definition) WHERE released_at IS NULL;
CREATE INDEX slot_reserved ON slot (reserved_at);

-- What is left of a workflow after its end, and what happened in it. Both outlive the grain's state until retention passes.
CREATE TABLE final_report
(
    workflow_id TEXT NOT NULL PRIMARY KEY,
    owner_key   TEXT NOT NULL,
    tenant_key  TEXT NOT NULL,
    definition  TEXT NOT NULL,
    end_reason  TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    ended_at    INTEGER NOT NULL,
    report      TEXT NOT NULL
);

CREATE INDEX final_report_ended ON final_report (ended_at, workflow_id);

CREATE TABLE audit_event
(
    workflow_id TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    detail      TEXT NOT NULL,
    PRIMARY KEY (workflow_id, seq)
);

-- The text of a definition, stored once for all the workflows that were started from it.
CREATE TABLE definition_text
(
    hash TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    text TEXT NOT NULL
);
