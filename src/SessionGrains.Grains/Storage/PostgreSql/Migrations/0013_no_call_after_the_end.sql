-- No tool call begins in a workflow that is over. Its rows go with the end, so a first write has nothing left to lose
-- against: a silo that was frozen, or cut off from the others, would write it anew and send what was sent before. The
-- tombstone stands for a day. A row that is left out answers no version: Orleans turns that into InconsistentStateException.
CREATE FUNCTION leave_out_after_the_end() RETURNS trigger
    LANGUAGE plpgsql
    AS $body$
BEGIN
    IF EXISTS (
        SELECT 1 FROM orleansstorage
        WHERE graintypestring = 'workflow' AND coalesce(grainidextensionstring, '') = split_part(NEW.grainidextensionstring, '/', 1)
            AND phase IN ('ending', 'ended'))
    THEN
        RETURN NULL;
    END IF;

    RETURN NEW;
END
$body$;

CREATE TRIGGER no_call_after_the_end BEFORE INSERT ON orleansstorage
    FOR EACH ROW WHEN (NEW.graintypestring = 'tool_call') EXECUTE FUNCTION leave_out_after_the_end();
