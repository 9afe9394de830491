//! `cairn log`: what was asked is shown, found, exported and erased, with a server beside it and without.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::Repository;

const FILES: [(&str, &str); 3] = [
    ("playbook/kite.md", "# Kite\n\nThe kite rises against the wind.\n\n## String\n\nThe string of a kite is long.\n"),
    ("journeys/flight.md", "# A flight\n\nWe flew a kite on the beach.\n"),
    ("corpus/plan.md", "# Plan\n\nThe plan for the kite is private.\n"),
];
/// A word that is in no document and in no name.
const SECRET: &str = "plumqxz";

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs `cairn log …`, which ends with `code`; what it prints.
fn log(repository: &Repository, arguments: &[&str], code: i32) -> String {
    let ended = repository.run(&[&["log"], arguments].concat());
    assert_eq!(ended.status.code(), Some(code), "{arguments:?}: {}{}", text(&ended.stdout), text(&ended.stderr));
    text(&ended.stdout)
}

fn lines(printed: &str) -> Vec<Value> {
    printed.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// The retrieval ids of what was printed.
fn ids(printed: &str) -> Vec<String> {
    lines(printed).iter().map(|line| line["id"].as_str().unwrap_or_default().to_owned()).collect()
}

/// Asks a question on the command line; gives the retrieval's id.
fn ask(repository: &Repository, question: &str) -> String {
    let answer = repository.run(&["search", question, "--json"]);
    let answer: Value = serde_json::from_slice(&answer.stdout).unwrap();
    answer["retrieval_id"].as_str().unwrap().to_owned()
}

/// Whether some file under `folder` has these bytes.
fn holds(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()).any(|entry| {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            return holds(&entry.path(), text);
        }
        kind.is_file() && std::fs::read(entry.path()).unwrap().windows(text.len()).any(|at| at == text.as_bytes())
    })
}

fn verified(repository: &Repository) {
    assert!(log(repository, &["verify"], 0).starts_with("good"));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/verify_ledger.py");
    match Command::new("python3").arg(script).arg(repository.data().join("ledger")).output() {
        Ok(Output { status, stdout, .. }) => assert_eq!(status.code(), Some(0), "{}", text(&stdout)),
        Err(error) => println!("skipped: there is no python3 here: {error}"),
    }
}

#[test]
fn a_record_is_shown_whole_and_found_by_what_is_known_of_it() {
    let repository = Repository::of(&FILES);
    let served = repository.serve();
    let stranger = served.search("kite wind", None)["retrieval_id"].as_str().unwrap().to_owned();
    let owner = ask(&repository, "who flies the kite");
    let nothing = ask(&repository, &format!("type:nosuchkind {SECRET}"));

    let shown = log(&repository, &["show", &owner], 0);
    for part in [&owner, "who flies the kite", "local (owner)", "search over cli", "corpus/plan", "score ", "sha256 "] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let raw = log(&repository, &["show", &owner, "--json"], 0);
    assert!(!raw.contains("flies"), "the line as it stands: {raw}");
    let seq = lines(&raw)[0]["seq"].to_string();
    assert_eq!(log(&repository, &["show", &seq, "--json"], 0), raw);
    assert!(log(&repository, &["show", "1"], 0).contains("\"segment\": 1"), "records of other kinds as well");
    for unknown in ["r_00000000000000000000000000", "999"] {
        let ended = repository.run(&["log", "show", unknown]);
        assert!(ended.status.code() == Some(2) && text(&ended.stderr).contains(unknown), "{}", text(&ended.stderr));
    }
    log(&repository, &["show", "not a name"], 2);

    let found = |arguments: &[&str]| ids(&log(&repository, &[&["search", "--json"], arguments].concat(), 0));
    assert_eq!(found(&["--verb", "search"]), [&nothing, &owner, &stranger].map(String::as_str));
    let kinds = lines(&log(&repository, &["search", "--json"], 0));
    let kinds: Vec<_> = kinds.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["retrieval", "retrieval", "retrieval", "token", "published"], "the newest first");
    assert_eq!(found(&["-n", "1"]), [nothing.as_str()]);
    assert_eq!(found(&["KITE", "flies"]), [owner.as_str()]);
    assert_eq!(found(&["--text", "kite", "--who", "anonymous"]), [stranger.as_str()]);
    assert_eq!(found(&["--empty", "--verb", "search"]), [nothing.as_str()]);
    assert_eq!(found(&["--document", "corpus/plan.md"]), [owner.as_str()]);
    assert_eq!(found(&["--document", "playbook/", "--face", "http"]), [stranger.as_str()]);
    assert_eq!(found(&["--since", "1h", "--verb", "search"]).len(), 3);
    assert!(log(&repository, &["search", "wind"], 0).contains("\"kite wind\""), "as tail has it");
    for (arguments, code) in [
        (&["search", "nobody-asked"][..], 1),
        (&["search", "--until", "1h"], 1),
        (&["search", "--since", "yesterday"], 2),
        (&["search", "--verb", "fly"], 2),
        (&["search", "--document", "playbook"], 2),
    ] {
        assert_eq!(log(&repository, arguments, code), "", "{arguments:?}");
    }
    drop(served);
}

#[test]
fn records_are_exported_for_programs_tables_and_collectors() {
    let repository = Repository::of(&FILES);
    let plain = ask(&repository, "who flies the kite");
    let formula = ask(&repository, "=kite, \"the string\"");

    let all = lines(&log(&repository, &["export"], 0));
    assert_eq!(all[0]["kind"], "published", "every kind, the oldest first");
    let jsonl: Vec<Value> = all.into_iter().filter(|line| line["kind"] == "retrieval").collect();
    assert_eq!(jsonl.iter().map(|line| &line["id"]).collect::<Vec<_>>(), [&plain, &formula]);
    assert_eq!(jsonl[1]["query"], "=kite, \"the string\"");

    let csv = log(&repository, &["export", "--format", "csv"], 0);
    let rows: Vec<&str> = csv.split_terminator("\r\n").collect();
    assert!(rows[0].starts_with("seq,ts,id,who,role,face,verb,") && rows[0].ends_with(",lexical_rank,vector_rank"));
    let passages: usize = jsonl.iter().map(|line| line["hits"].as_array().unwrap().len()).sum();
    assert_eq!(rows.len(), 1 + passages, "a row for each passage: {csv}");
    let of_formula: Vec<&&str> = rows.iter().filter(|row| row.contains(&formula)).collect();
    assert!(!of_formula.is_empty());
    for row in of_formula {
        assert!(row.contains(",\"'=kite, \"\"the string\"\"\","), "no formula: {row}");
    }

    let otel = lines(&log(&repository, &["export", "--format", "otel", "--since", "1h"], 0));
    assert_eq!(otel.len(), 2);
    let record = &otel[0]["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
    let attributes = record["attributes"].as_array().unwrap();
    let documents = attributes.iter().find(|one| one["key"] == "gen_ai.retrieval.documents").unwrap();
    let documents = documents["value"]["arrayValue"]["values"].as_array().unwrap();
    assert_eq!(documents.len(), jsonl[0]["hits"].as_array().unwrap().len());

    assert_eq!(log(&repository, &["export", "--until", "2020-01-01"], 1), "");
    let header = log(&repository, &["export", "--until", "2020-01-01", "--format", "csv"], 1);
    assert_eq!(header, format!("{}\r\n", rows[0]));
}

#[test]
fn a_question_is_erased_with_a_server_and_without_and_is_nowhere_afterwards() {
    let repository = Repository::of(&FILES);
    let served = repository.serve();
    let kept = ask(&repository, "who flies the kite");
    let erased = ask(&repository, &format!("kite {SECRET}"));
    served.search(&format!("{SECRET} wind"), None);
    assert!(holds(&repository.data(), SECRET));

    let meant = log(&repository, &["erase", "--query", SECRET], 0);
    assert!(meant.lines().count() == 2 && meant.contains(&erased) && !meant.contains(&kept), "{meant}");
    assert!(holds(&repository.data(), SECRET), "nothing was changed");

    log(&repository, &["erase", "--query", "nobody-asked", "--yes"], 1);
    let report: Value =
        serde_json::from_str(&log(&repository, &["erase", "--query", SECRET, "--yes", "--json"], 0)).unwrap();
    assert_eq!((&report["erased"], &report["texts"]), (&true.into(), &2.into()));
    assert!(!holds(&repository.data(), SECRET), "the server has taken it out");
    let newest = lines(&log(&repository, &["tail", "-n", "1", "--json"], 0)).remove(0);
    let boots = lines(&log(&repository, &["search", "--verb", "search", "--json"], 0));
    assert_eq!(newest["boot"], boots[0]["boot"], "the server wrote it");
    let unasked = served.search("the string", None);
    assert!(log(&repository, &["search", "string"], 0).contains("the string"), "and writes texts on");
    assert_eq!(served.terminate(), Some(0));
    assert!(!holds(&repository.data(), SECRET), "not in the texts, not in the chain, not beside them");
    verified(&repository);
    assert_eq!((&newest["kind"], &newest["by"], &newest["texts"]), (&"erased".into(), &"query".into(), &2.into()));
    assert!(newest["retrievals"].as_array().unwrap().contains(&erased.clone().into()), "{newest}");
    assert!(log(&repository, &["tail", "-n", "2"], 0).contains("erased 2 texts with certain words, by local"));
    assert!(log(&repository, &["show", &erased], 0).contains("not kept any more"));
    assert!(log(&repository, &["show", &kept], 0).contains("who flies the kite"));

    let again = repository.serve();
    let asked = ask(&repository, "who flies the kite again");
    assert_eq!(again.terminate(), Some(0));
    assert!(log(&repository, &["show", &asked], 0).contains("again"), "texts are written on");
    assert!(log(&repository, &["erase", "--principal", "anonymous", "--yes"], 0).contains("1 text"), "{unasked}");
    assert!(log(&repository, &["erase", "--before", "2999-01-01", "--yes"], 0).contains("2 texts"));
    log(&repository, &["erase", "--before", "2999-01-01"], 1);
    verified(&repository);
    for refused in [&["erase"][..], &["erase", "--query", " "], &["erase", "--before", "soon"]] {
        log(&repository, refused, 2);
    }
}

#[test]
fn a_ledger_that_lost_its_end_is_refused_at_every_door_until_the_loss_is_accepted_and_on_record() {
    let repository = Repository::of(&FILES);
    assert_eq!(repository.run(&["log", "checkpoint"]).status.code(), Some(1), "there is none yet");
    ask(&repository, "who flies the kite");
    ask(&repository, "the string");
    let copy = log(&repository, &["checkpoint", "--json"], 0);
    assert!(copy.starts_with("{\"checkpoint\":1,\"log\":\"log_") && copy.lines().count() == 1, "{copy}");
    let key = std::fs::read_to_string(repository.data().join("ledger.pub")).unwrap();
    assert_eq!(log(&repository, &["checkpoint"], 0), format!("{copy}{key}"));
    repository.write("copy", &format!("2026-11-29 INFO ledger checkpoint ledger.checkpoint={copy}"));
    repository.write("other.pub", &format!("ed25519:{}\n", "0".repeat(64)));
    let with_copy = &["verify", "--checkpoint", "copy"][..];
    assert!(log(&repository, with_copy, 0).contains("3 checkpoints up to line 4"));
    log(&repository, &["verify", "--pubkey", "other.pub"], 1);
    log(&repository, &["verify", "--checkpoint", "other.pub"], 2);

    let segment = repository.data().join("ledger/000001.jsonl");
    let whole = std::fs::read_to_string(&segment).unwrap();
    std::fs::write(&segment, whole.split_inclusive('\n').take(2).collect::<String>()).unwrap();
    let verdict: Value = serde_json::from_str(&log(&repository, &["verify", "--json"], 3)).unwrap();
    assert_eq!((&verdict["verdict"], &verdict["lines"], &verdict["size"]), (&"shorter".into(), &2.into(), &4.into()));
    for refused in [
        &["search", "kite"][..],
        &["mcp"],
        &["serve", "--listen", "127.0.0.1:0"],
        &["log", "erase", "--before", "2999-01-01", "--yes"],
    ] {
        let ended = repository.run(refused);
        let said = text(&ended.stderr);
        assert!(ended.status.code() == Some(2) && said.contains("`cairn serve --accept-loss`"), "{refused:?}: {said}");
    }
    let served = repository.serve_with(&["--accept-loss"]);
    served.search("wind", None);
    assert_eq!(served.terminate(), Some(0));
    assert!(
        log(&repository, &["tail"], 0).contains("accepted a ledger that does not fit its checkpoint: it has 2 lines")
    );
    verified(&repository);
    log(&repository, with_copy, 1);
    assert_eq!(repository.serve().terminate(), Some(0));
}
