-- A piece at a time: all at once, what piled up takes longer than a command may, and longer each time that it is tried again.
-- Whoever asks again goes on with the rest. Rights stay as they are.
CREATE OR REPLACE FUNCTION prune_history(_before bigint) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    -- A silo's own temporary table of one of these names must not stand before ours.
    SET search_path = public, pg_temp
    AS $body$
DECLARE
    _most constant integer := 1000;
    _bound bigint;
    _ids text[];
    _pruned integer;
BEGIN
    SELECT least(_before, (extract(epoch FROM clock_timestamp()) * 1000)::bigint - at_least_ms) INTO _bound FROM audit_retention;

    -- A workflow has several.
    DELETE FROM webhook_delivery WHERE id IN (
        SELECT id FROM webhook_delivery WHERE status <> 'pending' AND settled_at < _bound ORDER BY settled_at LIMIT 20 * _most);
    DELETE FROM webhook_delivery WHERE id IN (
        SELECT id FROM webhook_delivery WHERE status = 'pending' AND due_at < _bound - 604800000 LIMIT _most);

    -- A report and its trail go together: one that had lost its trail would look like a deed.
    SELECT array_agg(workflow_id) INTO _ids FROM (
        SELECT workflow_id FROM final_report WHERE ended_at < _bound ORDER BY ended_at LIMIT _most) AS oldest;
    DELETE FROM audit_event WHERE workflow_id = ANY (_ids);
    DELETE FROM audit_trail WHERE workflow_id = ANY (_ids);
    DELETE FROM final_report WHERE workflow_id = ANY (_ids);
    GET DIAGNOSTICS _pruned = ROW_COUNT;

    -- Refused starts, and what operators did. Whoever looks for them looks through all trails that are older, so only once no
    -- reports are left that are: theirs are gone then.
    IF _pruned < _most THEN
        SELECT array_agg(workflow_id) INTO _ids FROM (
            SELECT t.workflow_id FROM audit_trail t
            WHERE t.at < _bound AND NOT EXISTS (SELECT 1 FROM final_report r WHERE r.workflow_id = t.workflow_id)
            ORDER BY t.at LIMIT _most) AS oldest;
        DELETE FROM audit_event WHERE workflow_id = ANY (_ids);
        DELETE FROM audit_trail WHERE workflow_id = ANY (_ids);
        _pruned := greatest(_pruned, coalesce(array_length(_ids, 1), 0));
    END IF;

    RETURN _pruned;
END
$body$;
