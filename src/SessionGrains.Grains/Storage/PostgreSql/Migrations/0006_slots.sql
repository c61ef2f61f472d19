-- The place that a workflow takes while it lives. Times are unix milliseconds of the caller's clock.
CREATE TABLE slot
(
    workflow_id text COLLATE "C" PRIMARY KEY,
    user_key    text COLLATE "C" NOT NULL,
    tenant_key  text COLLATE "C" NOT NULL,
    definition  text COLLATE "C" NOT NULL,
    reserved_at bigint NOT NULL,
    released_at bigint,
    key_hash    text COLLATE "C",
    body_hash   text COLLATE "C"
);

CREATE INDEX slot_user ON slot (user_key, reserved_at, workflow_id);
CREATE INDEX slot_tenant_live ON slot (tenant_key, definition) WHERE released_at IS NULL;
CREATE INDEX slot_reserved ON slot (reserved_at);

-- One admission: everything that may refuse it is counted under locks that last until this transaction commits, so no
-- two reservations count the same free place. The user's lock always comes before the tenant's, and the two live in
-- different lock spaces, so there is no circle to wait in; the tenant's is the busier one and is held the shorter time.
CREATE FUNCTION reserve_slot(
    _workflow_id text, _user_key text, _tenant_key text, _definition text,
    _live_per_user integer, _live_per_tenant integer, _starts_per_minute integer,
    _key_hash text, _body_hash text, _now bigint)
    RETURNS TABLE (outcome text, workflows text[], retry_after_ms bigint)
    LANGUAGE plpgsql
    AS $body$
DECLARE
    _own slot;
    _earlier slot;
    _nth_start bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(1, hashtext(_user_key));

    SELECT * INTO _own FROM slot WHERE workflow_id = _workflow_id;
    IF FOUND THEN
        outcome := CASE WHEN _own.released_at IS NULL THEN 'admitted' ELSE 'released' END;
        RETURN NEXT;
        RETURN;
    END IF;

    IF _key_hash IS NOT NULL THEN
        SELECT * INTO _earlier FROM slot
        WHERE user_key = _user_key AND key_hash = _key_hash AND reserved_at > _now - 86400000
        ORDER BY reserved_at DESC LIMIT 1;
        IF FOUND THEN
            outcome := CASE WHEN _earlier.body_hash IS NOT DISTINCT FROM _body_hash THEN 'replay' ELSE 'key_reused' END;
            workflows := ARRAY[_earlier.workflow_id];
            RETURN NEXT;
            RETURN;
        END IF;
    END IF;

    SELECT reserved_at INTO _nth_start FROM slot
    WHERE user_key = _user_key AND definition = _definition AND reserved_at > _now - 60000
    ORDER BY reserved_at DESC OFFSET greatest(_starts_per_minute - 1, 0) LIMIT 1;
    IF FOUND OR _starts_per_minute < 1 THEN
        outcome := 'too_many_starts';
        retry_after_ms := coalesce(_nth_start, _now) + 60000 - _now;
        RETURN NEXT;
        RETURN;
    END IF;

    SELECT coalesce(array_agg(workflow_id ORDER BY reserved_at, workflow_id), '{}') INTO workflows FROM slot
    WHERE user_key = _user_key AND definition = _definition AND released_at IS NULL;
    IF cardinality(workflows) >= _live_per_user THEN
        outcome := 'user_full';
        RETURN NEXT;
        RETURN;
    END IF;

    PERFORM pg_advisory_xact_lock(2, hashtext(_tenant_key || '/' || _definition));

    IF (SELECT count(*) FROM slot WHERE tenant_key = _tenant_key AND definition = _definition AND released_at IS NULL) >= _live_per_tenant THEN
        outcome := 'tenant_full';
        RETURN NEXT;
        RETURN;
    END IF;

    INSERT INTO slot (workflow_id, user_key, tenant_key, definition, reserved_at, key_hash, body_hash)
    VALUES (_workflow_id, _user_key, _tenant_key, _definition, _now, _key_hash, _body_hash);
    outcome := 'admitted';
    RETURN NEXT;
END
$body$;
