-- What each MCP tool said of itself when it was first seen, or 'broken' when it said something else later.
CREATE TABLE tool_pin
(
    key  TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL
);
