#!/usr/bin/env bash
# MCP Inspector's command line over stdio and HTTP, in both eras: the tools are listed without a flaw in their schemas and
# called, also many at a time; resources, prompts and skills are listed and read, and every skill holds its digests.
#
# Usage: inspector.sh path/to/cairn path/to/mcp-inspector
set -euo pipefail
cairn=$(realpath "$1")
inspector=$(realpath "$2")
root=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2> /dev/null || true; rm -rf "$root"' EXIT

mkdir -p "$root/playbook/deploy/refs" "$root/corpus"
printf '# Kite\n\nThe kite rises against the wind.\n' > "$root/playbook/kite.md"
printf -- '---\ntype: prompt\narguments: [place]\n---\n# Fly\n\nFly a kite at {{place}}.\n' > "$root/playbook/fly.md"
printf -- '---\ndescription: How "we" deploy\n---\n# Deploy\n\nSee [the checks](refs/pre checks.md).\n' > "$root/playbook/deploy/SKILL.md"
printf '# Checks\n\nLook twice.\n' > "$root/playbook/deploy/refs/pre checks.md"
printf '# Plan\n\nThe plan for the kite is private.\n' > "$root/corpus/plan.md"
printf '[mcp]\nskills = true\n' > "$root/cairn.toml"

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
    if ! grep -q -- "$wanted" <<< "$output"; then
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
    for era in legacy modern; do
        at="$door, $era"
        asked=("${target[@]}" --protocol-era "$era")
        listed=$(inspect "${asked[@]}" --method tools/list --strict)
        for tool in search_context get_document browse_context; do
            expect "$at: tools/list names $tool" "\"$tool\"" "$listed"
        done
        called=$(inspect "${asked[@]}" --method tools/call --tool-name search_context --tool-arg query=kite)
        expect "$at: tools/call finds the page" 'playbook/kite' "$called"
        expect "$at: resources/list names the page" 'cairn://playbook/kite' "$(inspect "${asked[@]}" --method resources/list)"
        read_=$(inspect "${asked[@]}" --method resources/read --uri cairn://playbook/kite)
        expect "$at: resources/read gives the page" 'against the wind' "$read_"
        expect "$at: prompts/list names the prompt" '"fly"' "$(inspect "${asked[@]}" --method prompts/list)"
        got=$(inspect "${asked[@]}" --method prompts/get --prompt-name fly --prompt-args 'place=the beach')
        expect "$at: prompts/get fills it in" 'Fly a kite at the beach' "$got"
        verified=$(inspect "${asked[@]}" --method skills/list --verify --require-digests)
        for skill in deploy kite pre-checks; do
            expect "$at: the skill $skill holds its digests" "skill://$skill/SKILL.md" "$verified"
        done
    done
    load=$(inspect "${target[@]}" --method tools/call --tool-name search_context --tool-arg query=kite --load --load-requests 200 --load-concurrency 16 --format json)
    expect "$door: 200 calls, 16 at a time, and no error" '"ok": *200,' "$load"
done
