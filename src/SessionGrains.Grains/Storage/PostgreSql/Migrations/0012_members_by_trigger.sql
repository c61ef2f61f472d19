-- What is queried of a workflow still comes from its payload, whoever writes it, and cannot disagree with it. A trigger's plan is
-- kept; generated columns had their expressions read, and the document parsed for each of them, at each write of any state.
ALTER TABLE orleansstorage
    ALTER COLUMN phase DROP EXPRESSION,
    ALTER COLUMN due_at DROP EXPRESSION,
    ALTER COLUMN call_id DROP EXPRESSION;

DROP FUNCTION stored_member;

CREATE FUNCTION set_queried_members() RETURNS trigger
    LANGUAGE plpgsql
    AS $body$
DECLARE
    _state json;
BEGIN
    IF NEW.graintypestring = 'workflow' THEN
        -- PostgreSQL's text cannot hold the character NUL and would refuse the whole write for one anywhere in the document, so
        -- it is read as a space.
        _state := replace(convert_from(NEW.payloadbinary, 'UTF8'), '\u0000', '\u0020');
        NEW.phase := _state ->> 'phase';
        NEW.due_at := _state ->> 'due_at';
        NEW.call_id := _state ->> 'call_id';
    ELSE
        NEW.phase := NULL;
        NEW.due_at := NULL;
        NEW.call_id := NULL;
    END IF;

    RETURN NEW;
END
$body$;

CREATE TRIGGER queried_members BEFORE INSERT OR UPDATE ON orleansstorage
    FOR EACH ROW EXECUTE FUNCTION set_queried_members();
