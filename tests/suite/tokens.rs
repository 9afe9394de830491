//! `cairn token`: what it prints where, and that a running server heeds it with the next request.

use std::process::Output;

use serde_json::Value;

use crate::support::Repository;

const FILES: [(&str, &str); 2] = [
    ("playbook/kite.md", "# Kite\n\nThe kite rises against the wind.\n"),
    ("corpus/plan.md", "# Plan\n\nThe plan for the kite is private.\n"),
];

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn good(output: &Output) -> (String, String) {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    (text(&output.stdout), text(&output.stderr))
}

/// Makes a token with these flags; gives the secret.
fn new(repository: &Repository, flags: &[&str]) -> String {
    good(&repository.run(&[&["token", "new"], flags].concat())).0.trim_end().to_owned()
}

fn list(repository: &Repository) -> Value {
    let listed = repository.run(&["token", "list", "--json"]);
    serde_json::from_slice(&listed.stdout).unwrap()
}

#[test]
fn a_token_is_made_without_a_server_and_its_secret_stands_alone_on_standard_output() {
    let repository = Repository::of(&FILES);
    assert_eq!(repository.run(&["token", "list"]).status.code(), Some(1), "nothing found");
    let flags =
        ["--name", "build agent", "--collections", "corpus,team-a", "--can", "read,feedback", "--expires", "90d"];
    let (out, said) = good(&repository.run(&[&["token", "new"], &flags[..]].concat()));
    let secret = out.strip_suffix('\n').unwrap();
    assert!(secret.starts_with("cairn_") && secret.len() == 70, "{out}");
    assert!(!said.contains(secret.trim_start_matches("cairn_")), "{said}");
    for told in ["\"build agent\"", "read,feedback", "public,corpus,team-a", "warning: team-a: no collection", "corpus"]
    {
        assert!(said.contains(told), "{told}: {said}");
    }
    assert!(!said.contains("warning: corpus"), "{said}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(repository.data()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
    let file = std::fs::read_to_string(repository.data().join("tokens.json")).unwrap();
    assert!(!file.contains(secret.trim_start_matches("cairn_")));

    let (shown, _) = good(&repository.run(&["token", "list"]));
    assert!(
        shown.contains("build agent")
            && shown.contains("never")
            && !shown.contains(secret.trim_start_matches("cairn_")),
        "{shown}"
    );
    let served = repository.serve();
    assert_eq!(served.token(), None, "whoever made a token needs none of the server");
    assert_eq!(served.get("/api/v1/documents/corpus/plan", Some(secret)).0, 200);
    assert_eq!(served.get("/metrics", Some(secret)).0, 403);
}

#[test]
fn a_running_server_heeds_new_rotated_and_revoked_tokens_with_the_next_request() {
    let repository = Repository::of(&FILES);
    let served = repository.serve();
    let plan = |token: &str| served.get("/api/v1/documents/corpus/plan", Some(token)).0;
    let first = new(&repository, &["--name", "courier", "--collections", "corpus"]);
    assert_eq!(plan(&first), 200);
    let narrow = new(&repository, &["--name", "narrow"]);
    assert_eq!(plan(&narrow), 404, "without collections there is the public shelf");
    let second = good(&repository.run(&["token", "rotate", "courier"])).0.trim_end().to_owned();
    assert_eq!((plan(&first), plan(&second)), (401, 200));
    let third = good(&repository.run(&["token", "rotate", "courier", "--grace", "1h"])).0.trim_end().to_owned();
    assert_eq!((plan(&second), plan(&third)), (200, 200));
    let admin = new(&repository, &["--name", "operator", "--can", "admin", "--expires", "never"]);
    assert_eq!((plan(&admin), served.get("/metrics", Some(&admin)).0), (200, 200));
    let id = list(&repository)[1]["id"].as_str().unwrap().to_owned();
    let (_, said) = good(&repository.run(&["token", "revoke", "courier", "narrow"]));
    assert!(said.contains(&id), "{said}");
    assert_eq!((plan(&second), plan(&third), plan(&narrow)), (401, 401, 401));
    assert_eq!(served.terminate(), Some(0));

    let listed = list(&repository);
    let of = |field: &str| -> Vec<_> { listed.as_array().unwrap().iter().map(|token| token[field].clone()).collect() };
    assert_eq!(of("name"), ["first run", "courier", "narrow", "operator"]);
    assert_eq!(of("standing"), ["good", "revoked", "revoked", "good"]);
    assert!(listed[0]["last_used"].is_null() && listed[1]["last_used"].as_str().unwrap().ends_with(":00.000Z"));
    assert!(listed[3]["expires"].is_null() && listed[1]["expires"].is_string());
    let log = text(&repository.run(&["log", "tail", "--json"]).stdout);
    let records = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let changes = records.filter(|record| record["kind"] == "token").map(|record| {
        assert_eq!(record["who"], "local");
        (record["token"].clone(), record["action"].as_str().unwrap().to_owned())
    });
    let of_courier: Vec<_> = changes.filter(|(token, _)| *token == id).map(|(_, action)| action).collect();
    assert_eq!(of_courier, ["made", "rotated", "rotated", "revoked"], "{log}");
    assert!(!log.contains(first.trim_start_matches("cairn_")) && !log.contains(third.trim_start_matches("cairn_")));
    assert!(log.contains(&id) && !log.contains("courier") && !log.contains("build agent"), "ids, not names: {log}");
}

#[test]
fn what_cannot_be_done_is_named_with_the_way_out() {
    let repository = Repository::of(&FILES);
    new(&repository, &["--name", "agent"]);
    let cases: [(&[&str], &str); 10] = [
        (&["new", "--name", "agent"], "choose another"),
        (&["new", "--name", "tok_1"], "1 to 64 characters"),
        (&["new", "--name", "x", "--collections", "Team A"], "not a collection name"),
        (&["new", "--name", "x", "--can", "write"], "write read, feedback, change, report or admin"),
        (&["new", "--name", "x", "--can", "admin", "--collections", "corpus"], "opens everything"),
        (&["new", "--name", "x", "--expires", "yesterday"], "90d"),
        (&["new", "--name", "x", "--expires", "2020-01-01"], "never"),
        (&["revoke", "nobody"], "cairn token list"),
        (&["rotate", "agent", "--grace", "soon"], "10m"),
        (&["rotate", "nobody"], "cairn token list"),
    ];
    for (arguments, named) in cases {
        let ended = repository.run(&[&["token"], arguments].concat());
        let said = text(&ended.stderr);
        assert_eq!(ended.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(said.contains(named) && said.len() < 1_000, "{arguments:?}: {said}");
        assert!(ended.stdout.is_empty(), "{arguments:?}");
    }
    assert_eq!(list(&repository).as_array().unwrap().len(), 1);
    for command in ["new", "list", "revoke", "rotate"] {
        let (help, _) = good(&repository.run(&["token", command, "--help"]));
        assert!(help.contains("Example") && help.contains(&format!("cairn token {command}")), "{help}");
    }
}

#[test]
fn others_are_served_only_with_a_good_token_and_a_url() {
    let repository = Repository::of(&FILES);
    let url = ["--public-url", "https://context.example.org"];
    let refused = |flags: &[&str]| {
        let ended = repository.run(&[&["serve", "--listen", "0.0.0.0:0", "--json"], flags].concat());
        let said = text(&ended.stderr);
        assert_eq!(ended.status.code(), Some(2), "{said}");
        assert!(
            said.contains("0.0.0.0:0") && said.contains("cairn token new") && said.contains("--public-url"),
            "{said}"
        );
        assert!(ended.stdout.is_empty());
    };
    refused(&[]);
    refused(&url);
    new(&repository, &["--name", "agent"]);
    refused(&[]);
    good(&repository.run(&["token", "revoke", "agent"]));
    refused(&url);
    new(&repository, &["--name", "another"]);
    let served = repository.serve_at("0.0.0.0:0", &url);
    assert_eq!(served.banner["mcp"], "https://context.example.org/mcp");
    assert_eq!(served.terminate(), Some(0));
}

#[test]
fn rates_come_from_flags_and_from_the_file() {
    let repository = Repository::of(&FILES);
    let limited = |served: &crate::support::Served| (0..4).map(|_| served.get("/", None).0).collect::<Vec<_>>();
    let served = repository.serve_with(&["--loopback-rate", "2"]);
    assert_eq!(limited(&served), [200, 200, 429, 429]);
    assert_eq!(served.get("/healthz", None).0, 200);
    drop(served);
    repository.write("cairn.toml", "[limits]\nloopback_rate = 3\n");
    let served = repository.serve();
    assert_eq!(limited(&served), [200, 200, 200, 429]);
    drop(served);
    repository.write("cairn.toml", "[limits]\nloopback_rate = -1\n");
    let ended = repository.run(&["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(ended.status.code(), Some(2));
    assert!(text(&ended.stderr).contains("cairn.toml"), "{}", text(&ended.stderr));
}
