-- Extracts one top-level member of a stored JSON document. Declared immutable because generated columns demand it: it is,
-- for a payload that is UTF-8. `json`, not `jsonb`: it is parsed once and thrown away. PostgreSQL's text cannot hold the
-- character NUL and would refuse the whole write for one anywhere in the document, so it is read as a space.
CREATE FUNCTION stored_member(_payload bytea, _name text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $body$ SELECT replace(convert_from(_payload, 'UTF8'), '\u0000', '\u0020')::json ->> _name $body$;

-- One row per grain and state name. Names compare byte by byte ("C"), so that paging by id means the same in every
-- locale and in SQLite. What is queried of a workflow is generated from its payload and therefore cannot disagree with it.
CREATE TABLE orleansstorage
(
    grainidhash           integer NOT NULL,
    grainidn0             bigint NOT NULL,
    grainidn1             bigint NOT NULL,
    graintypehash         integer NOT NULL,
    graintypestring       varchar(512) COLLATE "C" NOT NULL,
    grainidextensionstring varchar(512) COLLATE "C",
    serviceid             varchar(150) COLLATE "C" NOT NULL,
    payloadbinary         bytea,
    modifiedon            timestamptz NOT NULL DEFAULT now(),
    version               integer NOT NULL,
    phase   text COLLATE "C" GENERATED ALWAYS AS
        (CASE WHEN graintypestring = 'workflow' THEN stored_member(payloadbinary, 'phase') END) STORED,
    due_at  bigint GENERATED ALWAYS AS
        (CASE WHEN graintypestring = 'workflow' THEN stored_member(payloadbinary, 'due_at')::bigint END) STORED,
    call_id text COLLATE "C" GENERATED ALWAYS AS
        (CASE WHEN graintypestring = 'workflow' THEN stored_member(payloadbinary, 'call_id') END) STORED
);

-- The exact key of a state, and the only way in: without it two first writes of one grain can both succeed, and the
-- grain can never be read again. State name and id come first because the workflow view asks by them.
CREATE UNIQUE INDEX orleansstorage_key ON orleansstorage
    (graintypestring, (coalesce(grainidextensionstring, '')), grainidn0, grainidn1, serviceid);

-- Answers the new version, or NULL when somebody else wrote first: Orleans turns that into InconsistentStateException.
-- The conflict target is spelled out, so that a violation of any other unique index is still raised.
CREATE FUNCTION writetostorage(
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
    IF _grainstateversion IS NULL THEN
        INSERT INTO orleansstorage
            (grainidhash, grainidn0, grainidn1, graintypehash, graintypestring, grainidextensionstring, serviceid, payloadbinary, version)
        VALUES
            (_grainidhash, _grainidn0, _grainidn1, _graintypehash, _graintypestring, _grainidextensionstring, _serviceid, _payloadbinary, 1)
        ON CONFLICT (graintypestring, (coalesce(grainidextensionstring, '')), grainidn0, grainidn1, serviceid) DO NOTHING
        RETURNING version INTO newgrainstateversion;
    ELSE
        UPDATE orleansstorage
        SET payloadbinary = _payloadbinary, modifiedon = now(), version = version + 1
        WHERE graintypestring = _graintypestring
            AND coalesce(grainidextensionstring, '') = coalesce(_grainidextensionstring, '')
            AND grainidn0 = _grainidn0 AND grainidn1 = _grainidn1 AND serviceid = _serviceid
            AND version = _grainstateversion
        RETURNING version INTO newgrainstateversion;
    END IF;

    RETURN NEXT;
END
$body$;

INSERT INTO orleansquery (querykey, querytext) VALUES
('WriteToStorageKey', $query$
SELECT newgrainstateversion AS NewGrainStateVersion
FROM writetostorage(@GrainIdHash, @GrainIdN0, @GrainIdN1, @GrainTypeHash, @GrainTypeString, @GrainIdExtensionString,
    @ServiceId, @GrainStateVersion, @PayloadBinary)
$query$),
('ReadFromStorageKey', $query$
SELECT payloadbinary AS PayloadBinary, version AS Version
FROM orleansstorage
WHERE graintypestring = @GrainTypeString AND coalesce(grainidextensionstring, '') = coalesce(@GrainIdExtensionString, '')
    AND grainidn0 = @GrainIdN0 AND grainidn1 = @GrainIdN1 AND serviceid = @ServiceId
$query$),
('ClearStorageKey', $query$
UPDATE orleansstorage
SET payloadbinary = NULL, modifiedon = now(), version = version + 1
WHERE graintypestring = @GrainTypeString AND coalesce(grainidextensionstring, '') = coalesce(@GrainIdExtensionString, '')
    AND grainidn0 = @GrainIdN0 AND grainidn1 = @GrainIdN1 AND serviceid = @ServiceId
    AND version = @GrainStateVersion
RETURNING version AS NewGrainStateVersion
$query$),
('DeleteStorageKey', $query$
DELETE FROM orleansstorage
WHERE graintypestring = @GrainTypeString AND coalesce(grainidextensionstring, '') = coalesce(@GrainIdExtensionString, '')
    AND grainidn0 = @GrainIdN0 AND grainidn1 = @GrainIdN1 AND serviceid = @ServiceId
    AND version = @GrainStateVersion
RETURNING version + 1 AS NewGrainStateVersion
$query$);
