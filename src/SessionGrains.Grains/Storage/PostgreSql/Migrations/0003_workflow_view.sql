-- What the sweeper and the listings may know of a workflow, straight from its stored state.
CREATE VIEW workflow_view AS
SELECT
    coalesce(grainidextensionstring, '') AS id,
    phase,
    due_at,
    call_id,
    (extract(epoch FROM modifiedon) * 1000)::bigint AS modified
FROM orleansstorage
WHERE graintypestring = 'workflow' AND payloadbinary IS NOT NULL;

CREATE INDEX workflow_due ON orleansstorage (due_at, (coalesce(grainidextensionstring, '')))
    WHERE due_at IS NOT NULL AND graintypestring = 'workflow';

-- A call belongs to one workflow in the cluster: the second one that saves its id is refused by the database.
CREATE UNIQUE INDEX workflow_call_id ON orleansstorage (call_id) WHERE call_id IS NOT NULL;
