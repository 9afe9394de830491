//! Sets one table in a TOML file and leaves every other line as it is.
//!
//! As with JSON, what came of it is read again and held against what it was before it is anything.

use serde_json::Value as Json;
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::client::Entry;

/// Why a file can't be changed.
#[derive(Debug, thiserror::Error)]
pub(in crate::cli) enum TomlError {
    #[error("is not TOML at line {line}, column {column}: {what}")]
    Malformed { line: usize, column: usize, what: String },
    #[error("is not TOML: {what}")]
    Refused { what: String },
    #[error("has {servers}.{name} in a form that is not changed here; write it as a table, [{servers}.{name}]")]
    Form { servers: &'static str, name: String },
}

/// Puts an entry into a text: in place of the members that it had, or as a table behind everything.
pub(super) fn set(text: &str, entry: &Entry) -> Result<String, TomlError> {
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let before = read(text)?;
    let there = before.get(entry.servers).and_then(|servers| servers.get(&entry.name));
    let form = || TomlError::Form { servers: entry.servers, name: entry.name.clone() };
    let changed = match there {
        Some(_) => replaced(text, entry, end).ok_or_else(form)?,
        None => {
            let kept = text.trim_end();
            let gap = if kept.is_empty() { String::new() } else { format!("{kept}{end}{end}") };
            gap + &entry.table(end)
        }
    };
    let wanted = wanted(before, entry).ok_or_else(form)?;
    match read(&changed) {
        Ok(after) if after == wanted => Ok(changed),
        _ => Err(form()),
    }
}

fn read(text: &str) -> Result<Table, TomlError> {
    toml::from_str(text).map_err(|error| {
        let what = error.message().to_owned();
        match error.span().and_then(|span| text.get(..span.start)) {
            Some(before) => {
                let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
                TomlError::Malformed { line: before.matches('\n').count() + 1, column, what }
            }
            None => TomlError::Refused { what },
        }
    })
}

/// What the file is to say.
fn wanted(mut file: Table, entry: &Entry) -> Option<Table> {
    let servers = file.entry(entry.servers).or_insert_with(|| Value::Table(Table::new())).as_table_mut()?;
    let own = servers.entry(&entry.name).or_insert_with(|| Value::Table(Table::new())).as_table_mut()?;
    own.retain(|key, _| !Entry::OWN.contains(&key));
    for (key, value) in &entry.members {
        own.insert((*key).to_owned(), in_toml(value));
    }
    Some(file)
}

fn in_toml(value: &Json) -> Value {
    match value {
        Json::Array(items) => Value::Array(items.iter().map(in_toml).collect()),
        Json::String(text) => Value::String(text.clone()),
        other => Value::String(other.to_string()),
    }
}

/// The text with the table's members in place of those it had; `None` when it has no header of its own.
fn replaced(text: &str, entry: &Entry, end: &str) -> Option<String> {
    let table = DeTable::parse(text).ok()?.into_inner();
    let own = table.get(entry.servers).map(|servers| servers.get_ref()).and_then(|servers| match servers {
        DeValue::Table(servers) => servers.get(entry.name.as_str()),
        _ => None,
    })?;
    let DeValue::Table(own) = own.get_ref() else { return None };
    let header = header(text, entry)?;
    // Whole lines go, from the key's to the value's; what stands beside a value on its line goes with it.
    let mut gone: Vec<(usize, usize)> = own
        .iter()
        .filter(|(key, _)| Entry::OWN.contains(&key.get_ref().as_ref()))
        .map(|(key, value)| (line_start(text, key.span().start), line_end(text, value.span().end)))
        .collect();
    gone.sort_unstable();
    let mut changed = text.get(..header)?.to_owned();
    if !changed.ends_with('\n') {
        changed.push_str(end);
    }
    changed.push_str(&entry.lines(end));
    let mut at = header;
    for (from, to) in gone {
        changed.push_str(text.get(at..from)?);
        at = to;
    }
    changed.push_str(text.get(at..)?);
    Some(changed)
}

/// Where the line of the table's header ends.
fn header(text: &str, entry: &Entry) -> Option<usize> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        if !line.trim_start().starts_with('[') {
            continue;
        }
        let alone = toml::from_str::<Table>(line).ok();
        let named = alone.as_ref().and_then(|table| table.get(entry.servers)).and_then(|all| all.get(&entry.name));
        if named.and_then(Value::as_table).is_some_and(Table::is_empty) {
            return Some(at);
        }
    }
    None
}

fn line_start(text: &str, at: usize) -> usize {
    text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |found| at + found + 1)
}

#[cfg(test)]
mod tests {
    use super::super::client::{Client, Way};
    use super::{TomlError, set};

    const NEW: &str =
        "[mcp_servers.cairn]\nurl = \"http://127.0.0.1:7171/mcp\"\nbearer_token_env_var = \"TEAM_TOKEN\"\n";

    fn put(text: &str) -> Result<String, TomlError> {
        let way = Way::Http { url: "http://127.0.0.1:7171/mcp".to_owned(), token_env: Some("TEAM_TOKEN".to_owned()) };
        set(text, &Client::Codex.entry("cairn", &way).unwrap())
    }

    #[test]
    fn a_table_is_added_behind_everything_and_added_once() {
        assert_eq!(put("").unwrap(), NEW);
        let text = "# mine\nmodel = \"x\" # best\n\n[mcp_servers.other]\ncommand = \"y\"\n";
        let changed = put(text).unwrap();
        assert_eq!(changed, format!("{text}\n{NEW}"));
        assert_eq!(put(&changed).unwrap(), changed);
    }

    #[test]
    fn a_table_that_is_there_gets_new_members_and_keeps_what_is_not_ours() {
        let text = "[ mcp_servers . \"cairn\" ] # here\ncommand = \"old\"\nargs = [\n  \"a\", # one\n]\n# slow disk\n\
                    startup_timeout_sec = 20\n\n[mcp_servers.cairn.tools.x]\napproval = \"auto\"\n";
        let expected = "[ mcp_servers . \"cairn\" ] # here\nurl = \"http://127.0.0.1:7171/mcp\"\nbearer_token_env_var = \
                        \"TEAM_TOKEN\"\n# slow disk\nstartup_timeout_sec = 20\n\n[mcp_servers.cairn.tools.x]\napproval = \
                        \"auto\"\n";
        assert_eq!(put(text).unwrap(), expected);
        assert_eq!(put(&text.replace('\n', "\r\n")).unwrap(), expected.replace('\n', "\r\n"));
    }

    #[test]
    fn what_would_change_something_else_is_refused() {
        for text in [
            "mcp_servers = { cairn = { command = \"x\" } }\n",
            "mcp_servers = { other = { command = \"x\" } }\n",
            "[mcp_servers]\ncairn.command = \"x\"\n",
            "mcp_servers = 1\n",
            "x = \"\"\"\n[mcp_servers.cairn]\n\"\"\"\n[mcp_servers]\ncairn.command = \"x\"\n",
        ] {
            assert!(matches!(put(text), Err(TomlError::Form { .. })), "{text}: {:?}", put(text));
        }
        assert!(matches!(put("a = \n"), Err(TomlError::Malformed { line: 1, .. })), "{:?}", put("a = \n"));
        let error = put("model = \"x\"\nextra = = 1\n").unwrap_err().to_string();
        assert!(error.starts_with("is not TOML at line 2, column 9: extra"), "{error}");
    }
}
