-- PostgreSQL lets everybody run a new function, and this one runs with its owner's rights: it would let a role that may only
-- read erase what happened. A silo's role has the right by a grant of its own.
REVOKE EXECUTE ON FUNCTION prune_history(bigint) FROM PUBLIC;
