#!/usr/bin/env bash
# Prints a test user's token, good for an hour: token.sh SUB [SCOPE] [SIGNING KEY FILE].
set -euo pipefail

subject=${1:?usage: token.sh SUB [SCOPE] [SIGNING KEY FILE]}
scope=${2:-voice.start}
key_file=${3:-$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/secrets/signing_key}

base64url() {
    openssl base64 -A | tr '+/' '-_' | tr -d '='
}

now=$(date +%s)
head=$(printf '{"alg":"HS256","typ":"JWT"}' | base64url)
body=$(printf '{"iss":"https://sessiongrains.local","aud":"sessiongrains","sub":"%s","name":"%s","scope":"%s","iat":%d,"exp":%d}' \
    "$subject" "$subject" "$scope" "$now" "$((now + 3600))" | base64url)
key=$(openssl base64 -d -A -in "$key_file" | od -An -tx1 | tr -d ' \n')
signature=$(printf '%s.%s' "$head" "$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64url)
printf '%s.%s.%s\n' "$head" "$body" "$signature"
