-- The audit trail is a chain for each workflow: an event's hash covers the one before it, and the trail's head says how many
-- there are and what the last one's hash is. A trail is written once, whole, and never changed.
ALTER TABLE audit_event ADD COLUMN hash text COLLATE "C" NOT NULL DEFAULT '';

CREATE TABLE audit_trail
(
    workflow_id text COLLATE "C" PRIMARY KEY,
    at          bigint NOT NULL,
    subject     text COLLATE "C",
    tenant      text COLLATE "C",
    definition  text COLLATE "C",
    events      integer NOT NULL,
    hash        text COLLATE "C" NOT NULL
);

CREATE INDEX audit_trail_at ON audit_trail (at, workflow_id);
CREATE INDEX audit_trail_subject ON audit_trail (subject, at, workflow_id);

-- How long a trail is kept at the least, whatever a silo asks for. Only the owner of the schema may change it.
CREATE TABLE audit_retention
(
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    at_least_ms bigint NOT NULL
);

INSERT INTO audit_retention (at_least_ms) VALUES (86400000);

-- The one way in which trails are deleted. It runs with the rights of the schema's owner, so that a silo's role needs none of its own.
CREATE FUNCTION prune_history(_before bigint) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER
    -- A silo's own temporary table of one of these names must not stand before ours.
    SET search_path = public, pg_temp
    AS $body$
DECLARE
    _bound bigint;
    _pruned integer;
BEGIN
    SELECT least(_before, (extract(epoch FROM clock_timestamp()) * 1000)::bigint - at_least_ms) INTO _bound FROM audit_retention;
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
