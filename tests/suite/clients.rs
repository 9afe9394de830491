//! `cairn mcp install` and `cairn mcp config`, by the binary, on files as clients have them.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::support::Repository;

fn install(repository: &Repository, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output: Output = repository.run(&[&["mcp", "install"], arguments].concat());
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_client_is_told_in_its_own_file_and_nothing_else_in_it_changes() {
    let repository = Repository::of(&[("playbook/a.md", "# A\n")]);
    let file = repository.path().join("settings.json");
    let before = "{\n  // mine\n  \"theme\": \"One Dark\",\n  \"context_servers\": {\n    \"x\": { \"command\": \"y\" }, // x\n  },\n}\n";
    fs::write(&file, before).unwrap();
    let place = file.to_str().unwrap();
    let (code, shown, errors) = install(&repository, &["--client", "zed", "--file", place]);
    assert_eq!((code, errors.contains("nobody to ask")), (Some(2), true), "{errors}");
    assert!(shown.contains("+    \"cairn\": {") && !shown.contains("\n-"), "{shown}");
    let (code, shown, _) = install(&repository, &["--client", "zed", "--file", place, "--dry-run", "--json"]);
    let told: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((code, &told["changed"], &told["written"]), (Some(0), &Value::Bool(true), &Value::Bool(false)));
    assert_eq!(fs::read_to_string(&file).unwrap(), before, "nothing was written up to here");
    let (code, ..) = install(&repository, &["--client", "zed", "--file", place, "--yes"]);
    assert_eq!(code, Some(0));
    let after = fs::read_to_string(&file).unwrap();
    let (head, tail) = before.split_at(before.find("  },\n}").unwrap());
    assert!(after.starts_with(head) && after.ends_with(tail), "{after}");
    assert!(after.contains("\"args\": [\"mcp\",\"--root\","), "{after}");
    let (code, shown, _) = install(&repository, &["--client", "zed", "--file", place, "--yes"]);
    assert_eq!((code, shown.contains("says so already")), (Some(0), true), "{shown}");
    assert_eq!(fs::read_to_string(&file).unwrap(), after);
}

#[test]
fn a_project_gets_a_file_of_its_own_and_a_token_is_named_by_its_variable() {
    let repository = Repository::of(&[("playbook/a.md", "# A\n")]);
    let project = repository.path().to_str().unwrap().to_owned();
    let http = ["--http", "https://cairn.example.com", "--token-env", "TEAM_TOKEN", "--yes", "--project", &project];
    for (client, file, token) in [
        ("claude-code", ".mcp.json", "\"Bearer ${TEAM_TOKEN}\""),
        ("cursor", ".cursor/mcp.json", "\"Bearer ${env:TEAM_TOKEN}\""),
        ("vscode", ".vscode/mcp.json", "\"Bearer ${env:TEAM_TOKEN}\""),
        ("codex", ".codex/config.toml", "bearer_token_env_var = \"TEAM_TOKEN\""),
    ] {
        let (code, _, errors) = install(&repository, &[&["--client", client], &http[..]].concat());
        assert_eq!(code, Some(0), "{client}: {errors}");
        let written = fs::read_to_string(repository.path().join(file)).unwrap();
        assert!(
            written.contains(token) && written.contains("\"https://cairn.example.com/mcp\""),
            "{client}: {written}"
        );
    }
    for (client, why) in [("zed", "no environment variable"), ("claude-desktop", "leave --http out")] {
        let (code, _, errors) = install(&repository, &[&["--client", client], &http[..]].concat());
        assert_eq!((code, errors.contains(why)), (Some(2), true), "{client}: {errors}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_left_alone_and_a_secret_is_no_variable() {
    let repository = Repository::of(&[("playbook/a.md", "# A\n")]);
    let file = repository.path().join("mcp.json");
    fs::write(&file, "{\n  \"mcpServers\": {,\n").unwrap();
    let place = file.to_str().unwrap();
    let (code, _, errors) = install(&repository, &["--client", "cursor", "--file", place, "--yes"]);
    assert_eq!((code, errors.contains("line 2")), (Some(2), true), "{errors}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "{\n  \"mcpServers\": {,\n");
    let secret = format!("cairn_{}", "0a".repeat(32));
    for wrong in
        [["--token-env", secret.as_str()], ["--http", "https://me:pass@cairn.example.com"], ["--http", "cairn"]]
    {
        let (code, ..) = install(&repository, &[&["--client", "cursor", "--dry-run"], &wrong[..]].concat());
        assert_eq!(code, Some(2), "{wrong:?}");
    }
    for url in ["http://:80", "http://a:99999999", "http://a\nb"] {
        let (code, _, errors) = install(&repository, &["--client", "cursor", "--dry-run", "--http", url]);
        assert_eq!((code, errors.contains(&format!("{url:?}"))), (Some(2), true), "{errors}");
    }
    let file = repository.path().join("config.toml");
    fs::write(&file, "model = \"x\"\nextra = = 1\n").unwrap();
    let place = file.to_str().unwrap();
    let (code, _, errors) = install(&repository, &["--client", "codex", "--file", place, "--yes"]);
    assert_eq!((code, errors.contains("line 2, column 9")), (Some(2), true), "{errors}");
}

#[test]
fn without_a_url_a_client_is_told_of_the_server_that_runs_or_of_where_one_would() {
    let repository = Repository::of(&[("playbook/a.md", "# A\n")]);
    let url = |listen: Option<&str>| {
        let mut command = repository.cairn(&["mcp", "config", "--client", "cursor", "--http"]);
        let output = command.envs(listen.map(|listen| ("CAIRN_LISTEN", listen))).output().unwrap();
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        told["mcpServers"]["cairn"]["url"].as_str().unwrap().to_owned()
    };
    for (listen, expected) in [
        ("127.0.0.1:8080", "http://127.0.0.1:8080/mcp"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080/mcp"),
        ("[::]:8080", "http://[::1]:8080/mcp"),
    ] {
        assert_eq!(url(Some(listen)), expected, "{listen}");
    }
    let served = repository.serve();
    assert_eq!(url(Some("127.0.0.1:8080")), format!("http://{}/mcp", served.address()));
    assert_eq!(served.terminate(), Some(0));
    assert_eq!(url(None), "http://127.0.0.1:7171/mcp");
}

#[test]
fn a_server_prints_the_program_that_is_written_for_a_client() {
    let repository = Repository::of(&[("playbook/a.md", "# A\n")]);
    let mut server = repository.cairn(&["serve", "--listen", "127.0.0.1:0"]).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let line = lines.map_while(Result::ok).find(|line| line.contains("Anything else"));
    server.kill().unwrap();
    server.wait().unwrap();
    let line = line.expect("the banner has a line for any client");
    let printed: Value = serde_json::from_str(line.trim_start().trim_start_matches("Anything else")).unwrap();
    let written = repository.run(&["mcp", "config", "--client", "claude-desktop"]).stdout;
    assert_eq!(printed, serde_json::from_slice::<Value>(&written).unwrap());
    assert!(Path::new(printed["mcpServers"]["cairn"]["command"].as_str().unwrap()).is_absolute(), "{printed}");
}

#[test]
fn what_is_printed_for_a_client_is_what_is_written_for_it() {
    let repository = Repository::of(&[("playbook/a.md", "# A\n")]);
    for client in ["claude-code", "claude-desktop", "cursor", "vscode", "codex", "zed"] {
        let printed = repository.run(&["mcp", "config", "--client", client]).stdout;
        let file = repository.path().join(format!("{client}.conf"));
        let (code, ..) = install(&repository, &["--client", client, "--file", file.to_str().unwrap(), "--yes"]);
        assert_eq!((code, fs::read(&file).unwrap() == printed), (Some(0), true), "{client}");
    }
    let all = repository.run(&["mcp", "config", "--json", "--http"]).stdout;
    let all: Vec<Value> = serde_json::from_slice(&all).unwrap();
    assert_eq!(all.len(), 5, "all but the one that starts its servers itself only: {all:?}");
    assert!(all.iter().all(|told| told["text"].as_str().unwrap().contains("http://127.0.0.1:7171/mcp")), "{all:?}");
}
