-- Orleans' ADO.NET provider reads its statements from this table when a silo starts. Keys, parameter names and the names
-- of result columns are Orleans' contract; the statements themselves are ours.
CREATE TABLE orleansquery
(
    querykey  TEXT NOT NULL PRIMARY KEY,
    querytext TEXT NOT NULL
);

-- One row per grain and state name. What is queried of a workflow is generated from its payload and therefore cannot
-- disagree with it. The payload is JSON in a BLOB; the cast keeps SQLite from reading it as its own binary JSON.
CREATE TABLE orleansstorage
(
    grainidhash            INTEGER NOT NULL,
    grainidn0              INTEGER NOT NULL,
    grainidn1              INTEGER NOT NULL,
    graintypehash          INTEGER NOT NULL,
    graintypestring        TEXT NOT NULL,
    grainidextensionstring TEXT,
    serviceid              TEXT NOT NULL,
    payloadbinary          BLOB,
    modifiedon             INTEGER NOT NULL,
    version                INTEGER NOT NULL,
    phase   TEXT GENERATED ALWAYS AS
        (CASE WHEN graintypestring = 'workflow' THEN json_extract(CAST(payloadbinary AS TEXT), '$.phase') END) STORED,
    due_at  INTEGER GENERATED ALWAYS AS
        (CASE WHEN graintypestring = 'workflow' THEN json_extract(CAST(payloadbinary AS TEXT), '$.due_at') END) STORED,
    call_id TEXT GENERATED ALWAYS AS
        (CASE WHEN graintypestring = 'workflow' THEN json_extract(CAST(payloadbinary AS TEXT), '$.call_id') END) STORED
);

-- The exact key of a state, and the only way in: without it two first writes of one grain can both succeed, and the
-- grain can never be read again. State name and id come first because the workflow view asks by them.
CREATE UNIQUE INDEX orleansstorage_key ON orleansstorage
    (graintypestring, coalesce(grainidextensionstring, ''), grainidn0, grainidn1, serviceid);

CREATE VIEW workflow_view AS
SELECT coalesce(grainidextensionstring, '') AS id, phase, due_at, call_id, modifiedon AS modified
FROM orleansstorage
WHERE graintypestring = 'workflow' AND payloadbinary IS NOT NULL;

CREATE INDEX workflow_due ON orleansstorage (due_at, coalesce(grainidextensionstring, ''))
    WHERE due_at IS NOT NULL AND graintypestring = 'workflow';

-- A call belongs to one workflow: the second one that saves its id is refused by the database.
CREATE UNIQUE INDEX workflow_call_id ON orleansstorage (call_id) WHERE call_id IS NOT NULL;

-- A write is an update of a known version or a first insert, never both, so the two statements need no transaction.
-- No row comes back when somebody else wrote first: Orleans turns that into InconsistentStateException. The conflict
-- target is spelled out, so that a violation of any other unique index is still raised.
INSERT INTO orleansquery (querykey, querytext) VALUES
('WriteToStorageKey', '
UPDATE orleansstorage
SET payloadbinary = @PayloadBinary, modifiedon = CAST(unixepoch(''subsec'') * 1000 AS INTEGER), version = version + 1
WHERE graintypestring = @GrainTypeString AND coalesce(grainidextensionstring, '''') = coalesce(@GrainIdExtensionString, '''')
    AND grainidn0 = @GrainIdN0 AND grainidn1 = @GrainIdN1 AND serviceid = @ServiceId
    AND version = @GrainStateVersion
RETURNING version AS NewGrainStateVersion;

INSERT INTO orleansstorage
    (grainidhash, grainidn0, grainidn1, graintypehash, graintypestring, grainidextensionstring, serviceid, payloadbinary,
     modifiedon, version)
SELECT @GrainIdHash, @GrainIdN0, @GrainIdN1, @GrainTypeHash, @GrainTypeString, @GrainIdExtensionString, @ServiceId, @PayloadBinary,
    CAST(unixepoch(''subsec'') * 1000 AS INTEGER), 1
WHERE @GrainStateVersion IS NULL
ON CONFLICT (graintypestring, coalesce(grainidextensionstring, ''''), grainidn0, grainidn1, serviceid) DO NOTHING
RETURNING version AS NewGrainStateVersion
'),
('ReadFromStorageKey', '
SELECT payloadbinary AS PayloadBinary, version AS Version
FROM orleansstorage
WHERE graintypestring = @GrainTypeString AND coalesce(grainidextensionstring, '''') = coalesce(@GrainIdExtensionString, '''')
    AND grainidn0 = @GrainIdN0 AND grainidn1 = @GrainIdN1 AND serviceid = @ServiceId
'),
('ClearStorageKey', '
UPDATE orleansstorage
SET payloadbinary = NULL, modifiedon = CAST(unixepoch(''subsec'') * 1000 AS INTEGER), version = version + 1
WHERE graintypestring = @GrainTypeString AND coalesce(grainidextensionstring, '''') = coalesce(@GrainIdExtensionString, '''')
    AND grainidn0 = @GrainIdN0 AND grainidn1 = @GrainIdN1 AND serviceid = @ServiceId
    AND version = @GrainStateVersion
RETURNING version AS NewGrainStateVersion
'),
('DeleteStorageKey', '
DELETE FROM orleansstorage
WHERE graintypestring = @GrainTypeString AND coalesce(grainidextensionstring, '''') = coalesce(@GrainIdExtensionString, '''')
    AND grainidn0 = @GrainIdN0 AND grainidn1 = @GrainIdN1 AND serviceid = @ServiceId
    AND version = @GrainStateVersion
RETURNING version + 1 AS NewGrainStateVersion
');
