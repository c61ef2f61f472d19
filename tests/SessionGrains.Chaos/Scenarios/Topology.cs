namespace SessionGrains.Chaos.Scenarios;

/// <summary>What runs: silos, an API, PostgreSQL, the emulator and the tools' backend, each a process. Scenarios with the same topology share it.</summary>
internal sealed record Topology(int Silos = 2)
{
    /// <summary>Silos reach PostgreSQL through a proxy of ours that can make it slow.</summary>
    public bool HasDatabaseProxy { get; init; }

    /// <summary>PostgreSQL keeps its files on a small disk of its own.</summary>
    public bool HasSmallDisk { get; init; }

    /// <summary>Each silo has a network namespace of its own.</summary>
    public bool HasNamespaces { get; init; }

    /// <summary>The oldest silo is never killed or frozen, so that what it takes can be measured from beginning to end.</summary>
    public bool SparesOne { get; init; }

    /// <summary>How far ahead the first silo's clock is, in seconds.</summary>
    public int Skew { get; init; }

    /// <summary>A protection that is taken away, to see that its absence is noticed.</summary>
    public Sabotage? Without { get; init; }
}

/// <summary>A protection taken away from outside: by what is changed in the database. No build of the product is different.</summary>
internal sealed record Sabotage(string Name)
{
    private const string LooksEmpty =
        """
        DO $$ BEGIN
            EXECUTE format(
                'CREATE OR REPLACE VIEW workflow_view AS SELECT * FROM (%s) AS workflows WHERE current_setting(''application_name'') <> ''SessionGrains''',
                rtrim(pg_get_viewdef('workflow_view'::regclass), ';'));
        END $$
        """;

    /// <summary>Statements that run once the tables are there, between double semicolons.</summary>
    public required string Sql { get; init; }

    public bool Equals(Sabotage? other) => other?.Name == Name;

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    /// <summary>Nobody finds what dead silos held: to silos the table of workflows looks empty. Whoever is asked for by name is still there.</summary>
    public static Sabotage Sweeper { get; } = new("sweeper") { Sql = LooksEmpty };

    /// <summary>No reminder comes either.</summary>
    public static Sabotage SweeperAndReminders { get; } = new("sweeper and reminders")
    {
        Sql =
            $"""
            {LooksEmpty}
            ;;
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'
            ;;
            CREATE TRIGGER refuse BEFORE INSERT ON orleansreminderstable FOR EACH ROW EXECUTE FUNCTION refuse()
            """,
    };

    /// <summary>Nobody waits for his turn to count free places.</summary>
    public static Sabotage SlotLocks { get; } = new("locks of slots")
    {
        Sql =
            """
            DO $$ BEGIN
                EXECUTE regexp_replace(pg_get_functiondef('reserve_slot'::regproc), 'PERFORM pg_advisory_xact_lock\([^;]*;', '', 'g');
            END $$
            """,
    };

    /// <summary>An answer does not wait until its record is on disk.</summary>
    public static Sabotage Durability { get; } = new("durable commits")
    {
        Sql = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); END $$ ;; ALTER SYSTEM SET wal_writer_delay = '10s' ;; SELECT pg_reload_conf()",
    };

    /// <summary>Nobody remembers that a tool call began.</summary>
    public static Sabotage Journal { get; } = new("journal of tool calls")
    {
        Sql =
            """
            CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                DELETE FROM orleansstorage WHERE ctid = NEW.ctid OR (graintypestring = 'tool_call' AND grainidextensionstring = NEW.grainidextensionstring);
                RETURN NULL;
            END $$
            ;;
            CREATE TRIGGER forget AFTER INSERT OR UPDATE ON orleansstorage FOR EACH ROW WHEN (NEW.graintypestring = 'tool_call') EXECUTE FUNCTION forget()
            """,
    };
}
