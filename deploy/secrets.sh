#!/usr/bin/env bash
# Makes up what a cluster keeps secret, one file each: secrets.sh [FOLDER]. What is there already stays as it is.
set -euo pipefail

# The folder is closed; the files in it are not, because a container that gets one of them reads it as a user of its own.
umask 022
folder=${1:-$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/secrets}
mkdir -p -m 700 "$folder"
cd "$folder"

random() {
    openssl rand -base64 32 | tr -d '\n'
}

[[ -s postgres_password ]] || random | tr '+/' '-_' > postgres_password
# Npgsql reads the password from here, so that no connection string holds it.
[[ -s pgpass ]] || printf '*:*:*:sessiongrains:%s\n' "$(cat postgres_password)" > pgpass
# Put your own key here, and set OPENAI_BASE_URL, to leave the emulator.
[[ -s openai_api_key ]] || printf 'sk-emulator' > openai_api_key
[[ -s signing_key ]] || random > signing_key

cat > api.env <<END
Authentication__Schemes__Bearer__ValidIssuer=https://sessiongrains.local
Authentication__Schemes__Bearer__ValidAudiences__0=sessiongrains
Authentication__Schemes__Bearer__SigningKeys__0__Issuer=https://sessiongrains.local
Authentication__Schemes__Bearer__SigningKeys__0__Value=$(cat signing_key)
END
if [[ ! -s silo.env ]]; then
    # Every silo hashes users to OpenAI's safety identifiers with it; a changed salt makes strangers of them.
    echo "SessionGrains__Workflows__SafetyIdentifierSalt=$(random)" > silo.env
fi
