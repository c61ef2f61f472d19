-- What webhook endpoints are told: one row for each event and endpoint, numbered in the order in which they are told. The
-- words are written once; what changes is how far the delivery is. Times are unix milliseconds of the caller's clock.
CREATE TABLE webhook_delivery
(
    number       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id           text COLLATE "C" NOT NULL UNIQUE,
    endpoint     text COLLATE "C" NOT NULL,
    workflow_id  text COLLATE "C" NOT NULL,
    type         text COLLATE "C" NOT NULL,
    at           bigint NOT NULL,
    body         text NOT NULL,
    status       text COLLATE "C" NOT NULL DEFAULT 'pending',
    attempts     integer NOT NULL DEFAULT 0,
    due_at       bigint NOT NULL,
    leased_until bigint,
    settled_at   bigint,
    answer       integer,
    error        text COLLATE "C"
);

CREATE INDEX webhook_delivery_workflow ON webhook_delivery (workflow_id, number);
CREATE INDEX webhook_delivery_due ON webhook_delivery (endpoint, due_at) WHERE status = 'pending';
CREATE INDEX webhook_delivery_undelivered ON webhook_delivery (status, number) WHERE status <> 'delivered';
CREATE INDEX webhook_delivery_settled ON webhook_delivery (settled_at) WHERE status <> 'pending';

-- Adds rows in the order of the array, and none that is there. The lock makes one row of a workflow visible before the next
-- one has its number, so that nobody can overtake; and nothing is added behind the end.
CREATE FUNCTION add_webhooks(_workflow_id text, _rows json, _now bigint) RETURNS void
    LANGUAGE plpgsql
    AS $body$
BEGIN
    PERFORM pg_advisory_xact_lock(4, hashtext(_workflow_id));
    INSERT INTO webhook_delivery (id, endpoint, workflow_id, type, at, body, due_at)
    SELECT r.value ->> 'id', r.value ->> 'endpoint', _workflow_id, r.value ->> 'type', (r.value ->> 'at')::bigint, r.value ->> 'body',
        -- What waits for one before it is not looked at sooner than that one.
        coalesce((
            SELECT max(d.due_at) FROM webhook_delivery d
            WHERE d.workflow_id = _workflow_id AND d.endpoint = r.value ->> 'endpoint' AND d.status = 'pending'), _now)
    FROM json_array_elements(_rows) WITH ORDINALITY AS r(value, place)
    WHERE NOT EXISTS (
        SELECT 1 FROM webhook_delivery d
        WHERE d.workflow_id = _workflow_id AND d.endpoint = r.value ->> 'endpoint' AND d.type = 'workflow.ended')
    ORDER BY r.place
    ON CONFLICT (id) DO NOTHING;
END
$body$;

-- As before, and it knows deliveries. Those that wait are left alone for a week more: an endpoint that nobody tells any more
-- must not keep them for ever.
CREATE OR REPLACE FUNCTION prune_history(_before bigint) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    -- A silo's own temporary table of one of these names must not stand before ours.
    SET search_path = public, pg_temp
    AS $body$
DECLARE
    _bound bigint;
    _pruned integer;
BEGIN
    SELECT least(_before, (extract(epoch FROM clock_timestamp()) * 1000)::bigint - at_least_ms) INTO _bound FROM audit_retention;
    DELETE FROM webhook_delivery WHERE status <> 'pending' AND settled_at < _bound;
    DELETE FROM webhook_delivery WHERE status = 'pending' AND due_at < _bound - 604800000;
    DELETE FROM audit_event e USING audit_trail t WHERE t.workflow_id = e.workflow_id AND t.at < _bound;
    DELETE FROM audit_trail WHERE at < _bound;
    -- Those of the version before have no head.
    DELETE FROM audit_event e USING final_report r
    WHERE r.workflow_id = e.workflow_id AND r.ended_at < _bound AND NOT EXISTS (SELECT 1 FROM audit_trail t WHERE t.workflow_id = e.workflow_id);
    DELETE FROM final_report WHERE ended_at < _bound;
    GET DIAGNOSTICS _pruned = ROW_COUNT;
    RETURN _pruned;
END
$body$;
