-- What operators search by: whose a workflow is, in the words of its issuer, while it lives and as long as its report is kept.
-- The slot forgets it at the end. The tools stand with a space on either side of each.
ALTER TABLE slot ADD COLUMN subject TEXT;
ALTER TABLE slot ADD COLUMN tenant TEXT;
ALTER TABLE slot ADD COLUMN tools TEXT;

CREATE INDEX slot_live ON slot (reserved_at, workflow_id) WHERE released_at IS NULL;
CREATE INDEX slot_live_subject ON slot (subject, reserved_at, workflow_id) WHERE released_at IS NULL;

ALTER TABLE final_report ADD COLUMN subject TEXT;
ALTER TABLE final_report ADD COLUMN tenant TEXT;

CREATE INDEX final_report_created ON final_report (created_at, workflow_id);
CREATE INDEX final_report_subject ON final_report (subject, created_at, workflow_id);
CREATE INDEX final_report_tenant ON final_report (tenant, created_at, workflow_id);
CREATE INDEX final_report_definition ON final_report (definition, created_at, workflow_id);

-- What must not start for a while. An empty tenant stands for any.
CREATE TABLE start_block
(
    kind   TEXT NOT NULL,
    value  TEXT NOT NULL,
    tenant TEXT NOT NULL,
    until  INTEGER NOT NULL,
    PRIMARY KEY (kind, value, tenant)
);
