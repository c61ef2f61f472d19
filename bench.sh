#!/usr/bin/env bash
# Measures SessionGrains and what people would use instead, in one run on this machine, and writes docs/performance.md: about a quarter of an hour,
# in which nothing else should run. With --quick: under three minutes, and only printed. With --only <part of a name>: one system, and only printed.
# With --scale: SessionGrains alone, with many live workflows, calls and expiries, likewise; --most <number> says with how many live workflows at most.
# With --against <tag or commit>: only whether a lifecycle costs more than with that one; fails where it costs over a fifth more CPU time, or one more write.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en

compares=true
[[ " $* " != *" --scale "* && " $* " != *" --against "* ]] || compares=false

# Builds the hosts of another commit, and puts their folder in its place.
words=()
while (($#)); do
    words+=("$1")
    if [[ $1 == --against ]]; then
        commit=$(git rev-parse --verify --quiet "${2:-}^{commit}") || { echo "--against needs a tag or a commit of this repository." >&2; exit 1; }
        folder=$PWD/artifacts/against/$commit
        if [[ ! -e $folder/built ]]; then
            rm -rf "$folder" && mkdir -p "$folder"
            git archive "$commit" | tar -x -C "$folder"
            for host in Silo Api; do
                (cd "$folder" && dotnet build "src/SessionGrains.$host" --configuration Release -v quiet --nologo -consoleLoggerParameters:NoSummary)
            done
            touch "$folder/built"
        fi
        words+=("$folder/artifacts/bin")
        shift
    fi
    shift
done

for tool in dotnet taskset $($compares && echo node npm); do
    command -v "$tool" > /dev/null || { echo "The benchmark needs $tool." >&2; exit 1; }
done

# The server must be this machine's own: its processes are pinned and its CPU time is read.
compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null || command -v initdb > /dev/null ||
    { echo "The benchmark needs PostgreSQL's binaries (apt-get install postgresql)." >&2; exit 1; }
unset SESSIONGRAINS_TEST_POSTGRES

for peer in $($compares && echo express dbos); do
    folder=tests/bench/peers/$peer
    if [[ ! -e $folder/node_modules/.package-lock.json || $folder/package-lock.json -nt $folder/node_modules/.package-lock.json ]]; then
        npm ci --prefix "$folder" --no-audit --no-fund --loglevel=error
    fi
done

dotnet build tests/bench/SessionGrains.Bench --configuration Release -v quiet --nologo -consoleLoggerParameters:NoSummary

# The generator, OpenAI and the tools get one half of the cores, the system and PostgreSQL the other.
cores=$(nproc)
other=0 system=0
if ((cores > 3)); then
    other=0-$((cores / 2 - 1)) system=$((cores / 2))-$((cores - 1))
elif ((cores > 1)); then
    system=1
fi

exec taskset -c "$other" artifacts/bin/SessionGrains.Bench/release/SessionGrains.Bench --other-cores "$other" --system-cores "$system" ${words[@]+"${words[@]}"}
