#!/usr/bin/env bash
# The official conformance suite of MCP against a server on a corpus of its own, in both eras of the protocol.
#
# conformance/REVISION.yml names what a server of documents cannot be asked, with the reason: the suite fails when
# something else fails, and when something named there passes. conformance/skipped.txt does the same for checks that the
# suite leaves out by itself, so that nothing stops being tested without a word.
#
# Usage: conformance.sh path/to/cairn path/to/conformance
set -euo pipefail
cairn=$(realpath "$1")
conformance=$(realpath -s "$2")
here=$(realpath "$(dirname "$0")")
root=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2> /dev/null || true; rm -rf "$root"' EXIT

cp -r "$here/conformance/corpus/." "$root"
mkfifo "$root/banner"
"$cairn" serve "$root" --listen 127.0.0.1:0 --json > "$root/banner" 2> /dev/null &
server=$!
read -r banner < "$root/banner"
url=$(sed 's/.*"mcp":"\([^"]*\)".*/\1/' <<< "$banner")

# Says what the suite said when it is not content.
suite() {
    local what=$1
    shift
    if ! timeout 300 "$conformance" server --url "$url" -o "$root/results/$what" "$@" < /dev/null > "$root/said" 2>&1; then
        sed -n '/=== SUMMARY/,$p' "$root/said" >&2
        echo "conformance: $what: not as expected" >&2
        return 1
    fi
    if grep -q '=== SUMMARY' "$root/said"; then
        echo "conformance: $what: $(grep -c '^✓' "$root/said" || true) scenarios pass, $(grep -c '^✗' "$root/said" || true) are named as not ours"
    else
        echo "conformance: $what: $(grep '^Passed:' "$root/said")"
    fi
}

for revision in 2026-07-28 2025-11-25; do
    suite "$revision" --suite all --spec-version "$revision" --expected-failures "$here/conformance/$revision.yml"
done
for scenario in enumeration manifest directory; do
    for revision in 2026-07-28 2025-11-25; do
        suite "skills $scenario, $revision" --scenario "sep-2640-skills-$scenario" --spec-version "$revision" --force
    done
done
python3 "$here/conformance/skipped.py" "$root/results" "$here/conformance/skipped.txt"
