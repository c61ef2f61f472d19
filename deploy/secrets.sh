#!/usr/bin/env bash
# Makes up what a cluster keeps secret, one file each: secrets.sh [FOLDER]. What is there already stays as it is,
# but for certificates that end within 30 days: those are issued anew, and running hosts take them into use by themselves.
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

# An authority of this cluster's own, and a certificate for each kind of host: an API's opens no silo's port.
if [[ ! -s ca.key ]]; then
    (umask 077 && openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ca.key 2> /dev/null)
    openssl req -x509 -new -key ca.key -sha256 -days 3650 -subj '/CN=SessionGrains cluster' -out ca.crt \
        -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign
fi

# issue KIND USAGES: written in place, because a container that got the file sees no other one of its name.
issue() {
    if [[ -s $1.crt ]] && openssl x509 -in "$1.crt" -noout -checkend $((30 * 24 * 3600)) > /dev/null && openssl verify -CAfile ca.crt "$1.crt" > /dev/null 2>&1; then
        return
    fi
    if [[ ! -s $1.key ]]; then
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" 2> /dev/null
        chmod a+r "$1.key"
    fi
    openssl req -new -key "$1.key" -subj "/CN=$1" |
        openssl x509 -req -CA ca.crt -CAkey ca.key -set_serial "0x$(openssl rand -hex 16)" -sha256 -days 365 -out "$1.crt" 2> /dev/null \
            -extfile <(printf 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=%s\nsubjectAltName=DNS:%s.sessiongrains\n' "$2" "$1")
}

issue silo serverAuth,clientAuth
issue api clientAuth
