-- What each MCP tool said of itself when it was first seen, or 'broken' when it said something else later.
CREATE TABLE tool_pin
(
    key  text COLLATE "C" PRIMARY KEY,
    hash text COLLATE "C" NOT NULL
);
