-- What is left of a workflow after its end, and what happened in it. Both outlive the grain's state until retention passes.
CREATE TABLE final_report
(
    workflow_id text COLLATE "C" PRIMARY KEY,
    owner_key   text COLLATE "C" NOT NULL,
    tenant_key  text COLLATE "C" NOT NULL,
    definition  text COLLATE "C" NOT NULL,
    end_reason  text COLLATE "C" NOT NULL,
    created_at  bigint NOT NULL,
    ended_at    bigint NOT NULL,
    report      text NOT NULL
);

CREATE INDEX final_report_ended ON final_report (ended_at, workflow_id);

CREATE TABLE audit_event
(
    workflow_id text COLLATE "C" NOT NULL,
    seq         integer NOT NULL,
    at          bigint NOT NULL,
    kind        text COLLATE "C" NOT NULL,
    detail      text NOT NULL,
    PRIMARY KEY (workflow_id, seq)
);

-- The text of a definition, stored once for all the workflows that were started from it.
CREATE TABLE definition_text
(
    hash text COLLATE "C" PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    text text NOT NULL
);
