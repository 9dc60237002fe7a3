#!/bin/sh
# Reads a state of cloudflare/cloudflare, version 4 or 5, and writes what moves its hostname associations into one
# origintls_hostname_associations for each zone:
#
#   terraform state pull > before.tfstate
#   sh bulk.sh before.tfstate [ZONE_ID...]     # without zone ids: all zones
#
#   associations-ZONE_ID.tf   the resource, and the import block for it
#   state-rm.sh               removes the former resources of these zones from the state; Cloudflare is not contacted
#
# It needs jq, and changes nothing itself. Associations that it cannot move are reported and left where they are.
set -eu

state=$1
shift
trap 'rm -f bulk.jsonl' EXIT

# For each association of the state: its zone, hostname, certificate, whether it is enabled, its address, and why it cannot be moved.
# A certificate that is in the same state is written as a reference, so that a later rotation moves its hostnames.
jq --raw-output --compact-output --args '
  def key: if .index_key == null then "" else "[\(.index_key | tojson)]" end;
  def own: "origintls_hostname_certificate";

  ([.resources[] | select(.mode == "managed" and .module == null) as $r
    | select($r.type == own or $r.type == "cloudflare_authenticated_origin_pulls_hostname_certificate"
        or $r.type == "cloudflare_authenticated_origin_pulls_certificate")
    | $r.instances[] | select($r.type != "cloudflare_authenticated_origin_pulls_certificate" or .attributes.type == "per-hostname")
    | {key: .attributes.id, value: "\(own).\($r.name)\(key).id"}] | from_entries) as $references

  | [.resources[] | select(.mode == "managed" and .type == "cloudflare_authenticated_origin_pulls") as $r
    | $r.instances[] | .attributes as $a
    | {zone: $a.zone_id, address: "\(if $r.module then $r.module + "." else "" end)\($r.type).\($r.name)\(key)"} as $it
    | ($a.config // [{hostname: $a.hostname, cert_id: ($a.cert_id // $a.authenticated_origin_pulls_certificate), enabled: $a.enabled}])
    | $it + {rows: map({hostname: ((.hostname // "") | ascii_downcase), id: (.cert_id // ""), enabled})}
    | .why = (if any(.rows[]; .hostname == "") then "it names no hostname, so it is the switch of the zone or the global one"
        elif any(.rows[]; .id == "") then "it names no certificate"
        elif any(.rows[]; .enabled == null) then "it is void (enabled is null)"
        else null end)]
  | map(select(.zone as $zone | $ARGS.positional == [] or any($ARGS.positional[]; . == $zone)))

  | (.[] | select(.why) | {skipped: "\(.address): \(.why)"}),
    (map(select(.why | not)) | group_by(.zone)[]
      | (map(.rows[].hostname) | group_by(.) | map(select(length > 1)[0])) as $twice
      | if $twice != [] then {failed: "zone \(.[0].zone) has more than one association of \($twice | join(", "))"} else
        {zone: .[0].zone, addresses: map(.address),
         rows: (map(.rows[]) | sort_by(.hostname) | map("    \(.hostname | tojson) = { certificate_id = \($references[.id] // (.id | tojson))\(
           if .enabled then "" else ", enabled = false" end) }"))} end)
' "$@" <"$state" >bulk.jsonl

jq --raw-output 'select(.skipped) | "left where it is: \(.skipped)"' bulk.jsonl >&2
if jq --exit-status --slurp 'any(.[]; .failed)' bulk.jsonl >/dev/null; then
    jq --raw-output 'select(.failed) | .failed' bulk.jsonl >&2
    exit 1
fi

jq --raw-output 'select(.zone) | .zone' bulk.jsonl | while read -r zone; do
    jq --raw-output --arg zone "$zone" 'select(.zone == $zone) | "import {
  to = origintls_hostname_associations.zone_\(.zone)
  id = \(.zone | tojson)
}

resource \"origintls_hostname_associations\" \"zone_\(.zone)\" {
  zone_id = \(.zone | tojson)

  associations = {
\(.rows | join("\n"))
  }
}"' bulk.jsonl >"associations-$zone.tf"
    echo "wrote associations-$zone.tf"
done

# One command for all addresses: each run of "state rm" reads and writes the whole state.
jq --raw-output --slurp '[.[] | .addresses // [] | .[] | @sh] | if . == [] then empty else "terraform state rm \\\n  " + join(" \\\n  ") end' \
    bulk.jsonl >state-rm.sh
echo "wrote state-rm.sh, for $(grep -c cloudflare_ state-rm.sh || true) resources"
