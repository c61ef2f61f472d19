-- No tool call begins in a workflow that is over. Its rows go with the end, so a first write has nothing left to lose
-- against. The tombstone stands for a day. The rest is as it was: no row comes back when the write must not be.
UPDATE orleansquery SET querytext = '
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
WHERE @GrainStateVersion IS NULL AND (@GrainTypeString <> ''tool_call'' OR NOT EXISTS (
    SELECT 1 FROM orleansstorage
    WHERE graintypestring = ''workflow'' AND coalesce(grainidextensionstring, '''') = substr(@GrainIdExtensionString, 1, instr(@GrainIdExtensionString, ''/'') - 1)
        AND serviceid = @ServiceId AND phase IN (''ending'', ''ended'')))
ON CONFLICT (graintypestring, coalesce(grainidextensionstring, ''''), grainidn0, grainidn1, serviceid) DO NOTHING
RETURNING version AS NewGrainStateVersion
' WHERE querykey = 'WriteToStorageKey';
