#!/usr/bin/env bash
# Builds everything and runs every test; brings up what the tests need by itself. The last line is "N passed, N failed".
# A test that cannot run fails and says why: none is skipped.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en
if [[ ${CI:-} == true ]]; then
    # Nobody builds a second time here, so nothing may stay behind and hold the machine's memory.
    export MSBUILDDISABLENODEREUSE=1
fi

give_up() {
    printf '\nFAILED  %s\n0 passed, 1 failed\n' "$1"
    exit 1
}

step() {
    printf '\n== %s\n' "$1"
}

has() {
    command -v "$1" > /dev/null 2>&1
}

needs_sdk() {
    has dotnet || give_up "The .NET 10 SDK is needed and there is no dotnet in PATH: https://dotnet.microsoft.com/download"
    # In this folder dotnet obeys global.json, and says which SDKs it found if none is good enough.
    dotnet --version || give_up "The .NET SDK that global.json asks for is not installed."
}

# Debian's and Ubuntu's own packages, where we may install any.
install_packages() {
    [[ $(id -u) == 0 ]] && has apt-get || return 1
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" > /dev/null
}

has_postgres_binaries() {
    compgen -G '/usr/lib/postgresql/*/bin/initdb' > /dev/null || { has initdb && has pg_ctl; }
}

# The tests start servers of their own; here it only has to be possible.
needs_postgres() {
    if [[ -n ${SESSIONGRAINS_TEST_POSTGRES:-} ]]; then
        echo "PostgreSQL: the server in SESSIONGRAINS_TEST_POSTGRES"
    elif has_postgres_binaries || { install_packages postgresql && has_postgres_binaries; }; then
        echo "PostgreSQL: this machine's own binaries"
    elif has docker && docker version > /dev/null 2>&1; then
        echo "PostgreSQL: containers"
    else
        give_up "PostgreSQL is needed: its binaries (apt-get install postgresql), a Docker engine, or a server's connection string in SESSIONGRAINS_TEST_POSTGRES."
    fi
}

# A cluster of processes makes its own certificates, and asks whether it is ready.
has_cluster_tools() {
    has openssl && has curl
}

needs_cluster_tools() {
    has_cluster_tools || { install_packages openssl curl && has_cluster_tools; } || give_up "The deployment's scripts need openssl and curl."
}

# The browser tests start Debian's Chromium, and bundle their page with npm.
has_browser() {
    [[ -x /usr/bin/chromium ]] && has npm
}

# Only what is missing: Debian's npm cannot stand beside a Node.js from elsewhere that brought its own.
install_browser() {
    local missing=()
    [[ -x /usr/bin/chromium ]] || missing+=(chromium)
    has npm || missing+=(npm)
    install_packages "${missing[@]}"
}

needs_browser() {
    has_browser || { install_browser && has_browser; } ||
        give_up "The browser tests need /usr/bin/chromium and npm (apt-get install chromium npm)."
    echo "Browser: $(/usr/bin/chromium --version 2> /dev/null || echo Chromium)"
}

# All test projects: those that answer soonest first, the rest in alphabetical order, then the chaos suite, the browser's last.
test_projects() {
    local project early=(Tools Emulator OpenAI Api Grains Product)
    for project in "${early[@]}"; do
        [[ -d tests/SessionGrains.$project.Tests ]] && echo "SessionGrains.$project.Tests"
    done
    for project in tests/*.Tests/ tests/bench/*.Tests/; do
        project=$(basename "$project")
        case " ${early[*]/%/.Tests} " in
            *" ${project#SessionGrains.} "*) ;;
            *) [[ $project == *Browser* ]] || echo "$project" ;;
        esac
    done
    [[ -d tests/SessionGrains.Chaos ]] && echo SessionGrains.Chaos
    for project in tests/*Browser*.Tests/; do
        [[ -d $project ]] && basename "$project"
    done
    return 0
}

step "What the tests need"
needs_sdk
needs_postgres
needs_cluster_tools
if compgen -G 'tests/*Browser*.Tests' > /dev/null; then
    needs_browser
fi

step "Restore"
dotnet restore SessionGrains.sln --locked-mode || give_up "Restore failed. A lock file that does not fit is renewed by: dotnet restore --force-evaluate"

step "Build"
dotnet build SessionGrains.sln --no-restore --configuration Debug -v minimal || give_up "The build failed."

step "Format"
dotnet format SessionGrains.sln --no-restore --verify-no-changes || give_up "The code is not formatted: run dotnet format."

entries=(count-tests=.ci/count-tests.check)
while read -r project; do
    entries+=("$project=artifacts/bin/$project/debug/$project")
done < <(test_projects)

# What a lifecycle costs is held against the last release, as soon as there is one.
if release=$(git describe --tags --abbrev=0 --match 'v*' 2> /dev/null); then
    entries+=("ratchet=.ci/ratchet")
    export SESSIONGRAINS_RELEASE=$release
fi

.ci/count-tests "${entries[@]}"
