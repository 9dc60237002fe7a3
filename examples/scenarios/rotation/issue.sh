#!/bin/sh
# Makes a new certificate and key, NAME.pem and NAME.key, for each NAME given: ./issue.sh edge shop
# They are signed by the CA in ca.pem, which is made the first time and is what the origin trusts.
# ca.key can make what the origin trusts: in real life it stays somewhere else.
set -eu
cd "$(dirname "$0")"

if [ ! -e ca.pem ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 \
        -subj "/CN=Origin pull CA $(date +%Y)" -keyout ca.key -out ca.pem
fi

extensions=$(mktemp)
trap 'rm -f "$extensions"' EXIT
printf '%s\n' basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature \
    extendedKeyUsage=clientAuth >"$extensions"

for name in "$@"; do
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -subj "/CN=Origin pull $name, $(date -u +%Y-%m-%dT%H:%M:%SZ)" -keyout "$name.key" -out "$name.csr"
    openssl x509 -req -in "$name.csr" -CA ca.pem -CAkey ca.key -CAcreateserial \
        -days 90 -extfile "$extensions" -out "$name.pem"
    rm "$name.csr"
done
