-- Orleans' ADO.NET providers read their statements from this table when a silo starts. Keys, parameter names and the
-- names of result columns are Orleans' contract; the statements themselves are ours.
CREATE TABLE orleansquery
(
    querykey  varchar(64) PRIMARY KEY,
    querytext text NOT NULL
);
