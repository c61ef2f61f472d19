#!/usr/bin/env bash
# A whole cluster on this machine, loopback only: PostgreSQL, two silos, the API and the emulator, each a process of its own
# with the variables that docker-compose.yml gives it; silos and API talk TLS.
#
#   local-cluster.sh up              builds, starts and waits until everything is ready
#   local-cluster.sh status          what runs, and what is ready
#   local-cluster.sh token SUB [SCOPE]   a test user's token
#   local-cluster.sh kill-silo N     ends silo N (1 or 2) as a power cut would
#   local-cluster.sh stop-silo N     asks silo N to stop, as an orchestrator does
#   local-cluster.sh start-silo N    starts silo N again
#   local-cluster.sh down            stops everything; the data stays
#
# SESSIONGRAINS_CLUSTER_PORT (default 5080) is the API's port; the others come after it.
# SESSIONGRAINS_CLUSTER_FOLDER (default /tmp/sessiongrains-cluster) holds data, secrets, process ids and logs.
# SESSIONGRAINS_CLUSTER_BUILT=true takes the hosts as they are built already.
set -euo pipefail

deploy=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$deploy")
folder=${SESSIONGRAINS_CLUSTER_FOLDER:-/tmp/sessiongrains-cluster}
port=${SESSIONGRAINS_CLUSTER_PORT:-5080}
emulator_port=$((port + 1))
postgres_port=$((port + 2))

give_up() {
    echo "$1" >&2
    exit 1
}

# --- PostgreSQL -------------------------------------------------------------------------------------------------

postgres_binaries() {
    local candidate
    for candidate in $(compgen -G '/usr/lib/postgresql/*/bin' | sort -t/ -k5 -n -r) $(dirname "$(command -v initdb || echo .)"); do
        if [[ -x $candidate/initdb && -x $candidate/pg_ctl ]]; then
            echo "$candidate"
            return
        fi
    done
    give_up "PostgreSQL's binaries are needed, for example: apt-get install postgresql"
}

# The server refuses to run as root.
as_owner() {
    if [[ $(id -u) == 0 ]]; then
        setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
    else
        "$@"
    fi
}

start_postgres() {
    local binaries data=$folder/postgres
    binaries=$(postgres_binaries)
    cd /
    if [[ ! -d $data ]]; then
        mkdir "$data"
        cp "$folder/secrets/postgres_password" "$folder/password.once"
        [[ $(id -u) != 0 ]] || chown postgres "$data" "$folder/password.once"
        as_owner "$binaries/initdb" -D "$data" -U sessiongrains -A scram-sha-256 --pwfile="$folder/password.once" -E UTF8 --no-locale > "$folder/logs/initdb.log"
        rm "$folder/password.once"
    fi
    if ! as_owner "$binaries/pg_ctl" -D "$data" status > /dev/null; then
        as_owner "$binaries/pg_ctl" -D "$data" -l "$data/server.log" -w -o \
            "-p $postgres_port -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200" start > /dev/null
    fi
    # Not the pass file: these two refuse one that a container may read, and would ask whoever sits there.
    local -x PGPASSWORD
    PGPASSWORD=$(cat "$folder/secrets/postgres_password")
    "$binaries/psql" -w -h 127.0.0.1 -p "$postgres_port" -U sessiongrains -d postgres -qAtc \
        "SELECT 1 FROM pg_database WHERE datname = 'sessiongrains'" | grep -q 1 ||
        "$binaries/createdb" -w -h 127.0.0.1 -p "$postgres_port" -U sessiongrains sessiongrains
    cd "$root"
}

stop_postgres() {
    local binaries
    binaries=$(postgres_binaries)
    cd /
    [[ ! -d $folder/postgres ]] || as_owner "$binaries/pg_ctl" -D "$folder/postgres" -m fast -w stop > /dev/null 2>&1 || true
    cd "$root"
}

# --- Our own processes ------------------------------------------------------------------------------------------

database() {
    echo "Host=127.0.0.1;Port=$postgres_port;Database=sessiongrains;Username=sessiongrains;Passfile=$folder/secrets/pgpass"
}

# The id of a process of ours that still runs; a number that somebody else has meanwhile is none.
pid_of() {
    local pid command
    pid=$(cat "$folder/pids/$1" 2> /dev/null) || return
    command=$(ps -p "$pid" -o args= 2> /dev/null) || return
    [[ $command == *SessionGrains.* && $command != *defunct* ]] && echo "$pid"
}

gone() {
    while pid_of "$1" > /dev/null; do
        sleep 0.2
    done
    rm -f "$folder/pids/$1"
}

# run NAME PROJECT VARIABLE=VALUE...
run() {
    local name=$1 executable=$root/artifacts/bin/$2/debug/$2
    shift 2
    if pid_of "$name" > /dev/null; then
        return
    fi
    [[ -x $executable ]] || give_up "$executable is not there; run: $0 up"
    # Beside its appsettings.json, as a host expects.
    cd "$(dirname "$executable")"
    nohup env "$@" "$executable" >> "$folder/logs/$name.log" 2>&1 < /dev/null &
    echo $! > "$folder/pids/$name"
}

# network KIND: what a host shows to its peers, and whom it believes
network() {
    echo "SessionGrains__Network__Certificate=$folder/secrets/$1.crt" \
        "SessionGrains__Network__Key=$folder/secrets/$1.key" \
        "SessionGrains__Network__Authority=$folder/secrets/ca.crt"
}

migrate() {
    ConnectionStrings__SessionGrains=$(database) "$root/artifacts/bin/SessionGrains.Silo/debug/SessionGrains.Silo" migrate >> "$folder/logs/migrations.log" 2>&1 ||
        give_up "The migrations failed: $(tail -n 3 "$folder/logs/migrations.log")"
}

start_emulator() {
    run emulator SessionGrains.Emulator ASPNETCORE_URLS="http://127.0.0.1:$emulator_port"
}

start_silo() {
    local base=${OPENAI_BASE_URL:-http://127.0.0.1:$emulator_port/v1}
    run "silo$1" SessionGrains.Silo \
        ASPNETCORE_URLS="http://127.0.0.1:$((port + 10 + $1))" \
        ConnectionStrings__SessionGrains="$(database)" \
        SessionGrains__Silo__Address=127.0.0.1 \
        SessionGrains__Silo__Port=$((port + 20 + $1)) \
        SessionGrains__Silo__GatewayPort=$((port + 30 + $1)) \
        SessionGrains__Definitions="$deploy/definitions" \
        OPENAI_API_KEY_FILE="$folder/secrets/openai_api_key" \
        OPENAI_BASE_URL="$base" \
        OPENAI_PUBLIC_BASE_URL="${OPENAI_PUBLIC_BASE_URL:-$base}" \
        $(network silo) \
        $(cat "$folder/secrets/silo.env")
}

start_api() {
    run api SessionGrains.Api \
        ASPNETCORE_URLS="http://127.0.0.1:$port" \
        ConnectionStrings__SessionGrains="$(database)" \
        SessionGrains__PublicUrl="http://localhost:$port" \
        $(network api) \
        $(cat "$folder/secrets/api.env")
}

address_of() {
    case $1 in
        api) echo "http://127.0.0.1:$port/readyz" ;;
        emulator) echo "http://127.0.0.1:$emulator_port/_emulator/" ;;
        silo*) echo "http://127.0.0.1:$((port + 10 + ${1#silo}))/readyz" ;;
    esac
}

is_ready() {
    curl -fs -o /dev/null -m 3 "$(address_of "$1")"
}

await() {
    local name tries
    for name in "$@"; do
        for ((tries = 0; ; tries++)); do
            if is_ready "$name"; then
                break
            fi
            if ((tries >= 120)) || ! pid_of "$name" > /dev/null; then
                tail -n 20 "$folder/logs/$name.log" >&2
                give_up "$name did not become ready."
            fi
            sleep 0.5
        done
    done
}

stop() {
    local name=$1 pid
    if pid=$(pid_of "$name"); then
        kill "$pid"
        gone "$name"
    fi
}

status() {
    local name pid
    for name in emulator silo1 silo2 api; do
        if pid=$(pid_of "$name"); then
            printf '%-9s pid %-7s %s %s\n' "$name" "$pid" "$(is_ready "$name" && echo ready || echo 'not ready')" "$(address_of "$name")"
        else
            printf '%-9s not running\n' "$name"
        fi
    done
}

silo_number() {
    [[ ${1:-} == [12] ]] || give_up "Which silo, 1 or 2?"
    echo "$1"
}

case ${1:-} in
    up)
        command -v openssl > /dev/null && command -v curl > /dev/null || give_up "openssl and curl are needed."
        if [[ ${SESSIONGRAINS_CLUSTER_BUILT:-} != true ]]; then
            for project in Silo Api Emulator; do
                dotnet build "$root/src/SessionGrains.$project" -v quiet -nologo -clp:ErrorsOnly
            done
        fi
        mkdir -p -m 711 "$folder"
        mkdir -p "$folder/pids" "$folder/logs"
        "$deploy/secrets.sh" "$folder/secrets"
        start_postgres
        migrate
        start_emulator
        start_silo 1
        start_silo 2
        start_api
        await emulator silo1 silo2 api
        status
        echo "logs in $folder/logs, a token by: $0 token ada"
        ;;
    status) status ;;
    token) "$deploy/token.sh" "${2:?for whom?}" "${3:-voice.start}" "$folder/secrets/signing_key" ;;
    kill-silo)
        n=$(silo_number "${2:-}")
        pid=$(pid_of "silo$n") || give_up "silo$n is not running."
        kill -9 "$pid"
        gone "silo$n"
        echo "silo$n (pid $pid) is gone, without a goodbye"
        ;;
    stop-silo)
        n=$(silo_number "${2:-}")
        stop "silo$n"
        echo "silo$n has stopped"
        ;;
    start-silo)
        n=$(silo_number "${2:-}")
        start_silo "$n"
        await "silo$n"
        status
        ;;
    down)
        for name in api silo1 silo2 emulator; do
            stop "$name"
        done
        stop_postgres
        echo "stopped; to forget everything: rm -r $folder"
        ;;
    *) sed -n '2,/^set/p' "$0" | sed -n 's/^# \{0,1\}//p' ; exit 1 ;;
esac
