#!/usr/bin/env bash
# MCP Inspector's command line over stdio and HTTP: the tools are listed without a flaw in their schemas, and called.
#
# Usage: inspector.sh path/to/cairn path/to/mcp-inspector
set -euo pipefail
cairn=$(realpath "$1")
inspector=$(realpath "$2")
root=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2> /dev/null || true; rm -rf "$root"' EXIT

mkdir "$root/playbook" "$root/corpus"
printf '# Kite\n\nThe kite rises against the wind.\n' > "$root/playbook/kite.md"
printf '# Plan\n\nThe plan for the kite is private.\n' > "$root/corpus/plan.md"

mkfifo "$root/banner"
"$cairn" serve "$root" --listen 127.0.0.1:0 --json > "$root/banner" 2> /dev/null &
server=$!
read -r banner < "$root/banner"
url=$(sed 's/.*"mcp":"\([^"]*\)".*/\1/' <<< "$banner")

# Warnings about schemas are for a person; an error among them ends the call with its own code.
inspect() {
    if ! MCP_CATALOG_PATH="$root/catalog.json" timeout 60 "$inspector" --cli "$@" < /dev/null 2> "$root/said"; then
        cat "$root/said" >&2
        return 1
    fi
}

expect() {
    local what=$1 wanted=$2 output=$3
    if ! grep -q "$wanted" <<< "$output"; then
        printf 'inspector: %s: no %s in the answer:\n%s\n' "$what" "$wanted" "$output" >&2
        exit 1
    fi
    echo "inspector: $what: good"
}

for door in http stdio; do
    if [ "$door" = http ]; then
        target=("$url" --transport http)
    else
        target=("$cairn" mcp --cwd "$root")
    fi
    listed=$(inspect "${target[@]}" --method tools/list --strict)
    for tool in search_context get_document browse_context; do
        expect "$door: tools/list names $tool" "\"$tool\"" "$listed"
    done
    called=$(inspect "${target[@]}" --method tools/call --tool-name search_context --tool-arg query=kite)
    expect "$door: tools/call finds the page" 'playbook/kite' "$called"
done
