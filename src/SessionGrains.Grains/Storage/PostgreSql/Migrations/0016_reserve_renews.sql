-- As before, and a start that finds a slot of its own, taken by a predecessor that died, has as long to save its workflow as one
-- that takes a new slot: counted from the predecessor's time the slot could be taken back as never saved in that very moment.
-- The update waits for whoever is taking it back; if it is gone then, the start goes on as a new one. Rights stay as they are.
CREATE OR REPLACE FUNCTION reserve_slot(
    _workflow_id text, _user_key text, _tenant_key text, _definition text,
    _live_per_user integer, _live_per_tenant integer, _starts_per_minute integer,
    _key_hash text, _body_hash text, _now bigint,
    _subject text DEFAULT NULL, _tenant text DEFAULT NULL, _tools text DEFAULT NULL)
    RETURNS TABLE (outcome text, workflows text[], retry_after_ms bigint)
    LANGUAGE plpgsql
    AS $body$
DECLARE
    _earlier slot;
    _nth_start bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(1, hashtext(_user_key));

    UPDATE slot SET reserved_at = greatest(reserved_at, _now) WHERE workflow_id = _workflow_id AND released_at IS NULL;
    IF FOUND THEN
        outcome := 'admitted';
        RETURN NEXT;
        RETURN;
    END IF;

    IF EXISTS (SELECT 1 FROM slot WHERE workflow_id = _workflow_id) THEN
        outcome := 'released';
        RETURN NEXT;
        RETURN;
    END IF;

    -- Shared among starts, and waited for by whoever sets a block: once it is set, nobody is past this point who has not seen it.
    PERFORM pg_advisory_xact_lock_shared(3, 0);
    IF EXISTS (
        SELECT 1 FROM start_block b
        WHERE b.until > _now AND CASE b.kind
            WHEN 'owner' THEN b.value = _subject AND b.tenant IN ('', coalesce(_tenant, ''))
            WHEN 'tenant' THEN b.value = _tenant
            WHEN 'definition' THEN b.value = _definition
            WHEN 'tool' THEN replace(_tools, ' ' || b.value || ' ', '') <> _tools
        END)
    THEN
        outcome := 'blocked';
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

    INSERT INTO slot (workflow_id, user_key, tenant_key, definition, reserved_at, key_hash, body_hash, subject, tenant, tools)
    VALUES (_workflow_id, _user_key, _tenant_key, _definition, _now, _key_hash, _body_hash, _subject, _tenant, _tools);
    outcome := 'admitted';
    RETURN NEXT;
END
$body$;
