-- No tool call begins in a workflow that is over. Its rows go with the end, so a first write has nothing left to lose
-- against. The tombstone stands for a day. A row that is left out answers no version, as one that somebody else wrote first.
CREATE TRIGGER no_call_after_the_end BEFORE INSERT ON orleansstorage
    WHEN NEW.graintypestring = 'tool_call' AND EXISTS (
        SELECT 1 FROM orleansstorage
        WHERE graintypestring = 'workflow' AND coalesce(grainidextensionstring, '') = substr(NEW.grainidextensionstring, 1, instr(NEW.grainidextensionstring, '/') - 1)
            AND phase IN ('ending', 'ended'))
BEGIN
    SELECT RAISE(IGNORE);
END;
