-- What webhook endpoints are told: one row for each event and endpoint, numbered in the order in which they are told. The
-- words are written once; what changes is how far the delivery is. Times are unix milliseconds of the caller's clock.
CREATE TABLE webhook_delivery
(
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT NOT NULL UNIQUE,
    endpoint     TEXT NOT NULL,
    workflow_id  TEXT NOT NULL,
    type         TEXT NOT NULL,
    at           INTEGER NOT NULL,
    body         TEXT NOT NULL,
    status       TEXT NOT NULL DEFAULT 'pending',
    attempts     INTEGER NOT NULL DEFAULT 0,
    due_at       INTEGER NOT NULL,
    leased_until INTEGER,
    settled_at   INTEGER,
    answer       INTEGER,
    error        TEXT
);

CREATE INDEX webhook_delivery_workflow ON webhook_delivery (workflow_id, number);
CREATE INDEX webhook_delivery_due ON webhook_delivery (endpoint, due_at) WHERE status = 'pending';
CREATE INDEX webhook_delivery_undelivered ON webhook_delivery (status, number) WHERE status <> 'delivered';
CREATE INDEX webhook_delivery_settled ON webhook_delivery (settled_at) WHERE status <> 'pending';
