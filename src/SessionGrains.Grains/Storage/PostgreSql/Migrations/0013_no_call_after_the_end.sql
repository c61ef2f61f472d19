-- No tool call begins in a workflow that is over. Its rows go with the end, so a first write has nothing left to lose
-- against: a silo that was frozen, or cut off from the others, would write it anew and send what was sent before. The
-- tombstone stands for a day. The rest is as it was: the new version, or NULL when the write must not be.
CREATE OR REPLACE FUNCTION writetostorage(
    _grainidhash integer,
    _grainidn0 bigint,
    _grainidn1 bigint,
    _graintypehash integer,
    _graintypestring varchar,
    _grainidextensionstring varchar,
    _serviceid varchar,
    _grainstateversion integer,
    _payloadbinary bytea)
    RETURNS TABLE (newgrainstateversion integer)
    LANGUAGE plpgsql
    AS $body$
BEGIN
    IF _grainstateversion IS NOT NULL THEN
        UPDATE orleansstorage
        SET payloadbinary = _payloadbinary, modifiedon = now(), version = version + 1
        WHERE graintypestring = _graintypestring
            AND coalesce(grainidextensionstring, '') = coalesce(_grainidextensionstring, '')
            AND grainidn0 = _grainidn0 AND grainidn1 = _grainidn1 AND serviceid = _serviceid
            AND version = _grainstateversion
        RETURNING version INTO newgrainstateversion;
    ELSIF _graintypestring <> 'tool_call' OR NOT EXISTS (
        SELECT 1 FROM orleansstorage
        WHERE graintypestring = 'workflow' AND coalesce(grainidextensionstring, '') = split_part(_grainidextensionstring, '/', 1)
            AND serviceid = _serviceid AND phase IN ('ending', 'ended'))
    THEN
        INSERT INTO orleansstorage
            (grainidhash, grainidn0, grainidn1, graintypehash, graintypestring, grainidextensionstring, serviceid, payloadbinary, version)
        VALUES
            (_grainidhash, _grainidn0, _grainidn1, _graintypehash, _graintypestring, _grainidextensionstring, _serviceid, _payloadbinary, 1)
        ON CONFLICT (graintypestring, (coalesce(grainidextensionstring, '')), grainidn0, grainidn1, serviceid) DO NOTHING
        RETURNING version INTO newgrainstateversion;
    END IF;

    RETURN NEXT;
END
$body$;
