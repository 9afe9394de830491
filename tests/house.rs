//! Floors and fences: the plan of the house as data, and what the code may not do whatever the compiler says.
//!
//! Reads the sources as text, with comments and string literals taken out. The table here and the one in
//! `ARCHITECTURE.md` are the same table; an arrow that is not in it is a failure, not a reason to add a row.

#![cfg(test)]
#![expect(clippy::string_slice, reason = "places come from searches in the same text; a test may stop at a wrong one")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// A room and the rooms it may import from.
struct Room {
    name: &'static str,
    floor: u8,
    may: &'static [&'static str],
    /// The folder of the package it stands in.
    package: &'static str,
}

/// Packages by their folders. From the core no face can be seen.
const CORE: &str = "src/core";
const FACES: &str = "src/faces";

const fn room(package: &'static str, name: &'static str, floor: u8, may: &'static [&'static str]) -> Room {
    Room { name, floor, may, package }
}

/// Stands for every room on a lower floor.
const BELOW: &str = "all below";

/// Stands for every room.
const ALL: &str = "all";

const ROOMS: &[Room] = &[
    room(CORE, "access", 1, &[]),
    room(CORE, "embed", 1, &[]),
    room(CORE, "corpus", 2, &["access"]),
    room(CORE, "history", 2, &["corpus"]),
    room(CORE, "governance", 3, &["access", "corpus", "history"]),
    room(CORE, "ledger", 3, &["access", "corpus"]),
    room(CORE, "engine", 4, &["corpus", "embed"]),
    room(CORE, "retrieval", 5, &["access", "corpus", "embed", "engine"]),
    room(CORE, "library", 6, &[BELOW]),
    room(CORE, "owner", 7, &["access", "library"]),
    room(FACES, "eval", 8, &["access", "corpus", "history", "ledger", "library", "retrieval"]),
    room(FACES, "reports", 8, &["access", "corpus", "embed", "ledger", "library"]),
    room(FACES, "site", 8, &["access", "corpus", "ledger", "library", "retrieval"]),
    room(FACES, "mcp", 8, &["access", "corpus", "library", "retrieval", "ledger"]),
    room(FACES, "console", 9, &["access", "corpus", "ledger", "reports"]),
    room(
        FACES,
        "http",
        10,
        &["access", "console", "ledger", "library", "owner", "retrieval", "site", "reports", "mcp"],
    ),
    room(FACES, "cli", 11, &[ALL]),
];

/// Crates that say something in every room, and belong to none.
const EVERYWHERE: &[&str] = &["serde", "serde_json", "thiserror", "tracing", "sha2"];

/// Where each other crate lives. A crate of a manifest that is not here has no home.
const HOMES: &[(&str, &[&str])] = &[
    // Their rooms are named by `crate::` everywhere; the roots of packages see to that.
    ("cairn-core", &[]),
    ("cairn-faces", &[]),
    ("hmac", &["ledger"]),
    ("ed25519-compact", &["ledger"]),
    ("subtle", &["access"]),
    ("getrandom", &["access", "ledger"]),
    ("pulldown-cmark", &["corpus", "site"]),
    ("serde-saphyr", &["corpus", "eval"]),
    ("toml", &["corpus", "governance", "cli"]),
    ("fast-glob", &["corpus", "governance"]),
    ("memchr", &["corpus", "governance", "ledger", "library", "retrieval", "site"]),
    ("regex", &["governance"]),
    ("aho-corasick", &["governance"]),
    ("unicode-normalization", &["corpus", "embed", "engine", "retrieval"]),
    ("gix-discover", &["history"]),
    ("gix-hash", &["history"]),
    ("gix-object", &["history"]),
    ("gix-odb", &["history"]),
    ("gix-ref", &["history"]),
    ("tantivy", &["engine"]),
    ("frostem", &["engine"]),
    ("hnsw_rs", &["engine"]),
    ("lz4_flex", &["engine"]),
    ("postcard", &["engine"]),
    ("xxhash-rust", &["engine"]),
    ("foldhash", &["retrieval"]),
    ("ureq", &["cli", "embed"]),
    ("candle-core", &["embed"]),
    ("candle-nn", &["embed"]),
    ("tokenizers", &["embed"]),
    ("notify", &["library"]),
    ("arc-swap", &["library"]),
    ("rustix", &["corpus", "library"]),
    ("jiff", &["ledger"]),
    ("schemars", &["http", "library", "mcp", "reports"]),
    ("strsim", &["site"]),
    ("maud", &["console", "http", "site"]),
    ("ammonia", &["site"]),
    ("pulldown-latex", &["site"]),
    ("http", &["http", "mcp"]),
    ("serde_urlencoded", &["console", "http", "cli"]),
    ("percent-encoding", &["http", "cli"]),
    ("axum", &["http"]),
    ("tower", &["http"]),
    ("tower-http", &["http"]),
    ("tokio", &["ledger", "library", "mcp", "http", "cli"]),
    ("tokio-util", &["mcp", "http"]),
    ("flate2", &["http"]),
    ("hyper", &["http", "cli"]),
    ("hyper-util", &["http", "cli"]),
    ("http-body-util", &["http", "cli"]),
    ("rmcp", &["mcp"]),
    ("clap", &["cli"]),
    ("anyhow", &["cli"]),
    ("indicatif", &["cli"]),
    ("tracing-subscriber", &["cli"]),
    ("mimalloc", &["cli"]),
];

/// Words that may stand in the code of these files only.
const FENCES: &[(&str, &[&str])] = &[
    // Who may make the owner of the machine: the type itself, the door that lends the owner's reader, and the room of it.
    ("local_owner", &["access/principal.rs", "library/open.rs", "owner/mod.rs"]),
    // Time and settings come in from outside.
    ("SystemTime::now", &["ledger/clock.rs"]),
    ("std::env", &["cli/config.rs"]),
    // Who is the owner's: the doors that only this machine's user can open, and the commands that ask a corpus of their own
    // making.
    (
        "owner::reader",
        &[
            "http/door.rs",
            "http/preview.rs",
            "http/socket.rs",
            "cli/browse.rs",
            "cli/get.rs",
            "cli/report.rs",
            "cli/search.rs",
        ],
    ),
    ("serve_agent", &["http/mod.rs", "http/socket.rs", "cli/mcp.rs"]),
    ("owner::pen", &["http/door.rs", "http/socket.rs", "cli/written.rs"]),
    ("owner::grant", &["cli/eval.rs", "cli/log/replay.rs"]),
    ("library.owner", &["owner/mod.rs"]),
    ("library.owner_pen", &["owner/mod.rs"]),
];

/// What is never in the code, finished or not.
const NEVER: &[&str] = &["todo!", "unimplemented!", "#[ignore", "#[allow(", "#![allow("];

/// Names that say nothing.
const EMPTY_NAMES: &[&str] = &["manager", "util", "utils", "helper", "helpers", "common", "data", "info", "misc"];

/// Folders under `src` that are packages, not rooms.
const PACKAGES: [&str; 2] = ["core", "faces"];

/// What the roots of packages take from others. Whoever uses `cairn` sees every room but the owner's.
const TAKEN: &[(&str, &[&str])] = &[
    (
        "faces/lib.rs",
        &["use cairn_core::{access, corpus, embed, engine, governance, history, ledger, library, owner, retrieval};"],
    ),
    (
        "lib.rs",
        &[
            "pub use cairn_core::{access, corpus, embed, engine, governance, history, ledger, library, retrieval};",
            "pub use cairn_faces::{cli, console, eval, http, mcp, reports, site};",
        ],
    ),
];

const MAX_LINES: usize = 800;
const MAX_MAIN_LINES: usize = 60;

/// A source file.
struct Source {
    /// Its path under the folder that was read; of a room, the same in whichever package it stands.
    path: String,
    /// Its path under the root, to be found by.
    file: String,
    text: String,
}

impl Source {
    /// The text without comments and string literals; line numbers stay.
    fn code(&self) -> String {
        code_of(&self.text)
    }

    fn room(&self) -> Option<&str> {
        self.path.split_once('/').map(|(room, _)| room)
    }

    /// Whether this is the root of a package, or the binary.
    fn is_root(&self) -> bool {
        self.room().is_none_or(|room| PACKAGES.contains(&room))
    }

    /// Whether this file holds nothing but tests.
    fn is_tests(&self) -> bool {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        self.path.contains("/tests/") || name == "fixture.rs" || name == "tests.rs" || name.ends_with("_tests.rs")
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &str) -> Vec<Source> {
    let top = root().join(folder);
    let mut found = Vec::new();
    let mut folders = vec![top.clone()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let under = |folder: &Path| path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                let (file, mut path) = (under(&root()), under(&top));
                let inner = ["core/", "faces/"].iter().find_map(|package| path.strip_prefix(package));
                if let Some(inner) = inner.filter(|inner| inner.contains('/')) {
                    path = inner.to_owned();
                }
                found.push(Source { path, file, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn all_sources() -> Vec<Source> {
    let mut all = Vec::new();
    for folder in ["src", "tests", "benches"] {
        all.extend(sources(folder));
    }
    all
}

/// Blanks comments, strings and characters, so that words in them don't count.
fn code_of(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_end(bytes, at);
        if end == at {
            let next = (at + 1..=bytes.len()).find(|&next| text.is_char_boundary(next)).unwrap();
            code.push_str(&text[at..next]);
            at = next;
        } else {
            code.extend(text[at..end].chars().filter(|&c| c == '\n'));
            code.push(' ');
            at = end;
        }
    }
    code
}

/// Where the comment or literal that begins at `at` ends; `at` itself when none does.
fn literal_end(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let find = |from: usize, wanted: &[u8]| {
        rest[from..].windows(wanted.len()).position(|found| found == wanted).map(|found| from + found)
    };
    if rest.starts_with(b"//") {
        return at + find(0, b"\n").unwrap_or(rest.len());
    }
    if rest.starts_with(b"/*") {
        return at + find(2, b"*/").map_or(rest.len(), |end| end + 2);
    }
    let word_before = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    if !word_before {
        let prefix = usize::from(rest[0] == b'b');
        if rest.get(prefix) == Some(&b'r') {
            let hashes = rest[prefix + 1..].iter().take_while(|byte| **byte == b'#').count();
            if rest.get(prefix + 1 + hashes) == Some(&b'"') {
                let close = [b"\"".as_slice(), &b"#".repeat(hashes)].concat();
                return at + find(prefix + hashes + 2, &close).map_or(rest.len(), |end| end + close.len());
            }
        }
    }
    match rest[0] {
        b'"' => at + quoted_end(rest, b'"'),
        // A lifetime has no closing quote where a character's would stand.
        b'\'' if rest.get(1) == Some(&b'\\') => at + quoted_end(rest, b'\''),
        b'\'' => {
            let width = std::str::from_utf8(&rest[1..rest.len().min(5)])
                .map_or_else(|error| std::str::from_utf8(&rest[1..=error.valid_up_to()]).ok(), Some)
                .and_then(|text| text.chars().next())
                .map_or(1, char::len_utf8);
            if rest.get(1 + width) == Some(&b'\'') { at + width + 2 } else { at }
        }
        _ => at,
    }
}

fn quoted_end(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn first_word(text: &str) -> &str {
    let text = text.trim_start();
    text.find(|c| !is_word(c)).map_or(text, |end| &text[..end])
}

/// The places where `word` stands as a word or a path's beginning.
fn places<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        let free = |c: Option<char>| c.is_none_or(|c| !is_word(c));
        let starts = !word.starts_with(is_word) || free(code[..at].chars().next_back());
        let ends = !word.ends_with(is_word) || free(code[at + word.len()..].chars().next());
        starts && ends
    })
}

fn line_of(code: &str, at: usize) -> usize {
    code[..at].matches('\n').count() + 1
}

/// The first names after `crate::`, from single paths and from groups.
fn crate_paths(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for at in places(code, "crate") {
        let Some(rest) = code[at + "crate".len()..].trim_start().strip_prefix("::") else { continue };
        let rest = rest.trim_start();
        let names: Vec<&str> = match rest.strip_prefix('{') {
            None => vec![first_word(rest)],
            Some(group) => group_names(group),
        };
        found.extend(names.into_iter().map(|name| (line_of(code, at), name.to_owned())));
    }
    found
}

fn group_names(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut names) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(first_word(&group[start..at]));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(first_word(&group[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// Where chains of `super::` climb out of the file's room, and the name they reach.
fn climbs(source: &Source, code: &str) -> Vec<(usize, String)> {
    let parts = source.path.split('/').count();
    let depth = if source.path.ends_with("/mod.rs") { parts - 1 } else { parts };
    let mut found = Vec::new();
    for at in places(code, "super") {
        if code[..at].trim_end().ends_with("super::") {
            continue;
        }
        let (mut rest, mut supers) = (&code[at..], 0);
        while let Some(after) = rest.strip_prefix("super::") {
            supers += 1;
            rest = after;
        }
        // Tests are a module below the file they test, in it or beside it.
        let tests = code[..at].contains("mod tests {") || source.path.ends_with("_tests.rs");
        if supers >= depth + usize::from(tests) {
            found.push((line_of(code, at), first_word(rest).to_owned()));
        }
    }
    found
}

fn may_import(from: &Room, to: &Room) -> bool {
    from.may.iter().any(|may| *may == to.name || *may == ALL || (*may == BELOW && to.floor < from.floor))
}

fn find_room(name: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|room| room.name == name)
}

fn fail_if_any(what: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{what}:\n  {}", faults.join("\n  "));
}

#[test]
fn arrows_between_rooms_are_those_of_the_table() {
    let mut faults = Vec::new();
    for source in sources("src") {
        let Some(name) = source.room() else { continue };
        let Some(from) = find_room(name) else { continue };
        let code = source.code();
        for (line, to) in crate_paths(&code).into_iter().chain(climbs(&source, &code)) {
            match find_room(&to) {
                Some(to) if to.name == from.name || may_import(from, to) => {}
                // Tests put together what they test with: a library takes an embedder and a ledger.
                Some(to) if source.is_tests() && to.floor < from.floor => {}
                Some(to) => {
                    faults.push(format!("{}:{line}: {} may not import from {}", source.file, from.name, to.name))
                }
                None => faults
                    .push(format!("{}:{line}: crate::{to} is no room; import from the room it is in", source.file)),
            }
        }
    }
    fail_if_any("arrows that the plan does not have", &faults);
}

#[test]
fn every_folder_is_a_room_and_the_root_holds_nothing_else() {
    let sources = sources("src");
    let mut faults = Vec::new();
    let folders: BTreeSet<&str> =
        sources.iter().filter_map(Source::room).filter(|room| !PACKAGES.contains(room)).collect();
    faults
        .extend(folders.iter().filter(|name| find_room(name).is_none()).map(|name| format!("{name}/ is in no table")));
    let missing = ROOMS.iter().filter(|room| !folders.contains(room.name));
    faults.extend(missing.map(|room| format!("{}/{}/ is not there", room.package, room.name)));
    for source in &sources {
        let Some(room) = source.room().and_then(find_room) else { continue };
        if source.file != format!("{}/{}", room.package, source.path) {
            faults.push(format!("{}: {} stands in {}", source.file, room.name, room.package));
        }
    }
    for source in sources.iter().filter(|source| source.is_root()) {
        let code = source.code();
        match source.path.as_str() {
            "lib.rs" | "core/lib.rs" | "faces/lib.rs" => {
                let taken = TAKEN.iter().find(|(path, _)| *path == source.path).map_or(&[][..], |(_, lines)| lines);
                let other = code.lines().filter(|line| !line.trim().is_empty());
                let other = other.filter(|line| !(line.starts_with("pub mod ") && line.ends_with(';')));
                let other = other.filter(|line| !taken.contains(line));
                faults.extend(other.map(|line| format!("{}: {line}: the root declares rooms, no more", source.file)));
            }
            "main.rs" => {
                if source.text.lines().count() > MAX_MAIN_LINES {
                    faults.push(format!("src/main.rs is longer than {MAX_MAIN_LINES} lines"));
                }
                let paths = code.match_indices("cairn::").map(|(at, found)| first_word(&code[at + found.len()..]));
                let other = paths.filter(|room| *room != "cli");
                faults.extend(other.map(|room| format!("src/main.rs: uses {room}; commands are in cli")));
            }
            _ => faults.push(format!("{}: belongs into a room", source.file)),
        }
    }
    fail_if_any("the house is not as planned", &faults);
}

#[test]
fn the_table_has_no_circles_and_no_arrow_goes_up() {
    for from in ROOMS {
        for to in ROOMS.iter().filter(|to| from.name != to.name && from.name != "cli" && may_import(from, to)) {
            assert!(to.floor <= from.floor, "{} may import from {}, which is above it", from.name, to.name);
            assert!(!may_import(to, from), "{} and {} import from each other", from.name, to.name);
        }
        let unknown = from.may.iter().find(|may| ![ALL, BELOW].contains(may) && find_room(may).is_none());
        assert_eq!(unknown, None, "{}", from.name);
    }
}

/// Rows of the first Markdown table whose header begins with `header`.
fn table(text: &str, header: &str) -> Vec<Vec<String>> {
    let cells =
        |line: &str| line.trim().trim_matches('|').split('|').map(|cell| cell.trim().replace('`', "")).collect();
    let from = text.lines().skip_while(|line| !line.starts_with(&format!("| {header} |")));
    from.skip(2).take_while(|line| line.starts_with('|')).map(cells).collect()
}

#[test]
fn architecture_md_shows_the_same_rooms() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let written: BTreeMap<String, String> = table(&text, "Room")
        .into_iter()
        .map(|row| (row[0].trim_end_matches('/').to_owned(), row[2].replace('–', "")))
        .collect();
    let held: BTreeMap<String, String> = ROOMS.iter().map(|room| (room.name.to_owned(), room.may.join(", "))).collect();
    assert_eq!(written, held, "the table in ARCHITECTURE.md (left) is not the one in tests/house.rs (right)");

    let floors = text.split("```text").nth(1).and_then(|block| block.split("```").next()).unwrap();
    for line in floors.lines().filter(|line| line.contains('/')) {
        let (floor, rooms) = line.trim().split_once(' ').unwrap();
        for name in rooms.split_whitespace().map(|name| name.trim_end_matches('/')) {
            let room = find_room(name).unwrap_or_else(|| panic!("{name} stands in the picture and in no table"));
            assert_eq!(room.floor.to_string(), floor, "{name} is drawn on another floor");
        }
    }
}

#[test]
fn architecture_md_shows_the_same_homes() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let rows = table(&text, "Crate");
    assert!(rows.len() >= 5, "the table of crates is gone");
    for row in rows {
        let rooms: BTreeSet<&str> = row[1].split(',').map(str::trim).collect();
        for name in row[0].split(',').map(str::trim) {
            let family = format!("{name}-");
            let homes = HOMES.iter().filter(|(held, _)| *held == name || (name == "gix" && held.starts_with(&family)));
            let homes: Vec<_> = homes.collect();
            assert!(!homes.is_empty(), "{name}: has no home in tests/house.rs");
            for (held, home) in homes {
                assert_eq!(rooms, home.iter().copied().collect(), "{held}: ARCHITECTURE.md names another home");
            }
        }
    }
}

/// Names of the crates under the headings of all packages' manifests that end in `dependencies`.
fn dependencies(section: &str) -> BTreeSet<String> {
    let text = ["Cargo.toml", "src/core/Cargo.toml", "src/faces/Cargo.toml"]
        .map(|path| fs::read_to_string(root().join(path)).unwrap());
    let mut inside = false;
    let mut names = BTreeSet::new();
    for line in text.iter().flat_map(|text| text.lines()) {
        if let Some(heading) = line.strip_prefix('[') {
            let heading = heading.trim_end_matches(']');
            // What stands for the whole workspace is used by nobody who does not say so.
            inside = heading.rsplit('.').next() == Some(section) && !heading.starts_with("workspace");
        } else if let (true, Some((name, _))) = (inside, line.split_once('='))
            && line.starts_with(|c: char| c.is_ascii_lowercase())
        {
            names.insert(name.trim().trim_end_matches(".workspace").to_owned());
        }
    }
    names
}

#[test]
fn every_crate_has_a_home_and_stays_there() {
    let mut faults = Vec::new();
    let sources = sources("src");
    let codes: Vec<_> = sources.iter().map(|source| (source, source.code())).collect();
    let declared = dependencies("dependencies");
    assert!(declared.len() > 20, "Cargo.toml is not read: {declared:?}");
    for name in &declared {
        if EVERYWHERE.contains(&name.as_str()) {
            continue;
        }
        let Some((_, homes)) = HOMES.iter().find(|(held, _)| held == name) else {
            faults.push(format!("{name}: is in a manifest and has no home; enter it into tests/house.rs"));
            continue;
        };
        let path = format!("{}::", name.replace('-', "_"));
        for (source, code) in &codes {
            let passes_on = homes.is_empty() && source.path.ends_with("lib.rs");
            if passes_on || source.room().is_some_and(|room| homes.contains(&room)) {
                continue;
            }
            let foreign = places(code, &path).filter(|&at| !code[..at].ends_with("::"));
            faults
                .extend(foreign.map(|at| {
                    format!("{}:{}: {name} lives in [{}]", source.file, line_of(code, at), homes.join(", "))
                }));
        }
    }
    let unused = HOMES.iter().filter(|(held, _)| !declared.iter().any(|name| name == held));
    faults.extend(unused.map(|(held, _)| format!("{held}: has a home here and is in no manifest")));
    let dev = dependencies("dev-dependencies");
    for (source, code) in codes.iter().filter(|(source, _)| source.is_root()) {
        let paths = dev.iter().map(|name| format!("{}::", name.replace('-', "_")));
        faults.extend(
            paths.filter(|path| places(code, path).next().is_some()).map(|path| format!("{}: {path}", source.file)),
        );
    }
    fail_if_any("crates out of their homes", &faults);
}

#[test]
fn fenced_words_stand_where_they_may() {
    let mut faults = Vec::new();
    for source in sources("src").iter().filter(|source| !source.is_tests()) {
        let code = source.code();
        // Inline tests stand at the end of a file.
        let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for (word, allowed) in FENCES {
            if !allowed.contains(&source.path.as_str()) {
                let found = places(code, word);
                faults.extend(found.map(|at| format!("{}:{}: {word}", source.file, line_of(code, at))));
            }
        }
    }
    fail_if_any("words outside their fences", &faults);
}

#[test]
fn whoever_takes_the_owners_room_takes_it_by_its_name() {
    // The fences above look for its functions with the room before them.
    let mut faults = Vec::new();
    for source in sources("src").iter().filter(|source| source.room() != Some("owner")) {
        let code = source.code();
        let named = crate_paths(&code).iter().filter(|(_, name)| name == "owner").count();
        let plain = code.lines().filter(|line| line.trim() == "use crate::owner;").count();
        if named > plain {
            faults.push(format!("{}: write `use crate::owner;` and no other path to it", source.file));
        }
    }
    fail_if_any("other ways to the owner", &faults);
}

#[test]
fn the_show_room_knows_no_private_type() {
    let mut faults = Vec::new();
    for source in sources("src").iter().filter(|source| source.room() == Some("site") && !source.is_tests()) {
        let code = source.code();
        for word in ["Private", "Library", "Principal", "Keyring", "Verbs"] {
            let found = places(&code, word);
            faults.extend(found.map(|at| format!("{}:{}: {word}", source.file, line_of(&code, at))));
        }
    }
    fail_if_any("site names what only private hands have", &faults);
}

#[test]
fn nothing_is_a_stub_and_nothing_is_waved_through() {
    let mut faults = Vec::new();
    for source in all_sources() {
        let code = source.code();
        for word in NEVER {
            faults.extend(places(&code, word).map(|at| format!("{}:{}: {word}", source.file, line_of(&code, at))));
        }
    }
    fail_if_any("stubs and allowances", &faults);
}

#[test]
fn every_file_says_what_it_owns_and_can_be_read_in_one_sitting() {
    let mut faults = Vec::new();
    for source in all_sources() {
        let lines = source.text.lines().count();
        if lines > MAX_LINES {
            faults.push(format!("{}: {lines} lines; the most is {MAX_LINES}", source.file));
        }
        if !source.text.starts_with("//! ") {
            faults.push(format!("{}: does not open with //!", source.file));
        }
        let parts = source.file.trim_end_matches(".rs").split('/').skip(1);
        faults.extend(
            parts.filter(|part| EMPTY_NAMES.contains(part)).map(|part| format!("{}: {part} says nothing", source.file)),
        );
    }
    fail_if_any("files", &faults);
}

#[test]
fn the_reading_of_sources_sees_code_and_not_words_about_it() {
    let text = "use crate::{access::{A, B}, corpus}; // crate::cli\nlet x = \"crate::cli\\\"\"; /* tantivy:: */ let c = '\"'; \
                let s = r#\"axum::\"#; fn f<'a>(x: &'a str) { crate::library::f(pub(crate) x) }";
    let code = code_of(text);
    let names: Vec<String> = crate_paths(&code).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["access", "corpus", "library"]);
    let mut hidden = String::new();
    for word in ["tantivy", "axum", "cli"] {
        if places(&code, word).next().is_some() {
            write!(hidden, "{word} ").unwrap();
        }
    }
    assert_eq!(hidden, "");
    let path = "engine/words/search.rs".to_owned();
    let inner = Source { file: format!("src/core/{path}"), path, text: String::new() };
    let climbed = climbs(&inner, "use super::super::view; use super::super::super::library;");
    assert_eq!(climbed, [(1, "library".to_owned())]);
    assert_eq!(Path::new(&inner.path).extension().unwrap(), "rs");
}
