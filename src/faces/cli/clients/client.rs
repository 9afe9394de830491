//! The clients that can be told of this server: where each keeps its configuration, and how it writes a server down.
//!
//! Places and forms are those of the clients' own documentation. A token is named by its environment variable, in the
//! notation that the client expands; one that expands none is given no token.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::{Value, json};

use super::super::config;
use super::super::error::CliError;

/// A program that agents run in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Client {
    ClaudeCode,
    ClaudeDesktop,
    Cursor,
    Vscode,
    Codex,
    Zed,
}

/// How a client comes to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Way {
    /// It starts its own process.
    Stdio { command: String, arguments: Vec<String> },
    /// It asks a server that runs.
    Http { url: String, token_env: Option<String> },
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    /// JSON, with comments and commas behind the last member where the client takes them.
    Json,
    Toml,
}

/// What a client's file says of one server: the key it stands under, and its members in the order they are written.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cli) struct Entry {
    /// The member of the file that holds all servers.
    pub(super) servers: &'static str,
    /// What the server is called there.
    pub(super) name: String,
    pub(super) members: Vec<(&'static str, Value)>,
    pub(super) notation: Notation,
}

impl Client {
    /// What people call it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::ClaudeCode => "Claude Code",
            Self::ClaudeDesktop => "Claude Desktop",
            Self::Cursor => "Cursor",
            Self::Vscode => "VS Code",
            Self::Codex => "Codex",
            Self::Zed => "Zed",
        }
    }

    /// The word for it on the command line.
    pub(super) fn word(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    /// Its file for everything this person does.
    pub(super) fn own_file(self) -> Result<PathBuf, CliError> {
        let home = config::folder("HOME").ok_or(CliError::NoHome)?;
        let xdg = config::folder("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"));
        let application =
            if cfg!(target_os = "macos") { home.join("Library/Application Support") } else { xdg.clone() };
        let in_folder = |variable, otherwise: PathBuf| config::folder(variable).unwrap_or(otherwise);
        Ok(match self {
            Self::ClaudeCode => in_folder("CLAUDE_CONFIG_DIR", home).join(".claude.json"),
            Self::ClaudeDesktop => application.join("Claude/claude_desktop_config.json"),
            Self::Cursor => home.join(".cursor/mcp.json"),
            Self::Vscode => application.join("Code/User/mcp.json"),
            Self::Codex => in_folder("CODEX_HOME", home.join(".codex")).join("config.toml"),
            Self::Zed if cfg!(target_os = "macos") => home.join(".config/zed/settings.json"),
            Self::Zed => xdg.join("zed/settings.json"),
        })
    }

    /// Its file in the folder of a project.
    pub(super) fn project_file(self, project: &Path) -> Result<PathBuf, CliError> {
        Ok(project.join(match self {
            Self::ClaudeCode => ".mcp.json",
            Self::Cursor => ".cursor/mcp.json",
            Self::Vscode => ".vscode/mcp.json",
            Self::Codex => ".codex/config.toml",
            Self::Zed => ".zed/settings.json",
            Self::ClaudeDesktop => return Err(CliError::NoProjectFile { client: self.title() }),
        }))
    }

    /// What it has to be told.
    pub(in crate::cli) fn entry(self, name: &str, way: &Way) -> Result<Entry, CliError> {
        let members = match way {
            Way::Stdio { command, arguments } => {
                let kind = matches!(self, Self::ClaudeCode | Self::Cursor | Self::Vscode);
                let kind = kind.then(|| ("type", json!("stdio")));
                kind.into_iter().chain([("command", json!(command)), ("args", json!(arguments))]).collect()
            }
            Way::Http { url, token_env } => self.over_http(url, token_env.as_deref())?,
        };
        let (servers, notation) = match self {
            Self::ClaudeCode | Self::ClaudeDesktop | Self::Cursor => ("mcpServers", Notation::Json),
            Self::Vscode => ("servers", Notation::Json),
            Self::Zed => ("context_servers", Notation::Json),
            Self::Codex => ("mcp_servers", Notation::Toml),
        };
        Ok(Entry { servers, name: name.to_owned(), members, notation })
    }

    fn over_http(self, url: &str, token_env: Option<&str>) -> Result<Vec<(&'static str, Value)>, CliError> {
        if self == Self::ClaudeDesktop {
            return Err(CliError::StdioOnly { client: self.title() });
        }
        let mut members = Vec::new();
        if matches!(self, Self::ClaudeCode | Self::Vscode) {
            members.push(("type", json!("http")));
        }
        members.push(("url", json!(url)));
        let Some(variable) = token_env else { return Ok(members) };
        let header = |value: String| ("headers", json!({ "Authorization": format!("Bearer {value}") }));
        members.push(match self {
            Self::ClaudeCode => header(format!("${{{variable}}}")),
            Self::Cursor | Self::Vscode => header(format!("${{env:{variable}}}")),
            Self::Codex => ("bearer_token_env_var", json!(variable)),
            Self::Zed | Self::ClaudeDesktop => return Err(CliError::NoTokenVariable { client: self.title() }),
        });
        Ok(members)
    }
}

impl Entry {
    /// Members that another way to the same server may have left behind: they go when the entry is written anew.
    pub(super) const OWN: [&'static str; 6] = ["type", "command", "args", "url", "headers", "bearer_token_env_var"];

    /// The file's text with nothing but this entry.
    pub(in crate::cli) fn shown(&self) -> String {
        match self.notation {
            Notation::Json => format!(
                "{{\n  {}: {{\n    {}: {}\n  }}\n}}\n",
                json!(self.servers),
                json!(self.name),
                self.json("    ", "  ", "\n")
            ),
            Notation::Toml => self.table("\n"),
        }
    }

    /// The same in one line; of TOML as well.
    pub(in crate::cli) fn line(&self) -> String {
        let members = self.members.iter();
        match self.notation {
            Notation::Json => {
                let members = members.map(|(key, value)| format!("{}: {value}", json!(key)));
                let members = members.collect::<Vec<_>>().join(", ");
                format!("{{{}: {{{}: {{{members}}}}}}}", json!(self.servers), json!(self.name))
            }
            Notation::Toml => {
                let members = members.map(|(key, value)| format!("{key} = {value}")).collect::<Vec<_>>().join(", ");
                format!("{}.{} = {{ {members} }}", self.servers, self.name)
            }
        }
    }

    /// The entry as a JSON object whose closing brace stands at `indent`.
    pub(super) fn json(&self, indent: &str, unit: &str, end: &str) -> String {
        let members = self.members.iter().map(|(key, value)| format!("{indent}{unit}{}: {value}", json!(key)));
        format!("{{{end}{}{end}{indent}}}", members.collect::<Vec<_>>().join(&format!(",{end}")))
    }

    /// The entry as a table of its own.
    pub(super) fn table(&self, end: &str) -> String {
        format!("[{}.{}]{end}{}", self.servers, self.name, self.lines(end))
    }

    /// The members of the table, a line each. A string of JSON is one of TOML.
    pub(super) fn lines(&self, end: &str) -> String {
        self.members.iter().map(|(key, value)| format!("{key} = {value}{end}")).collect()
    }

    /// The members as one value.
    pub(super) fn value(&self) -> Value {
        Value::Object(self.members.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{Client, Way};
    use clap::ValueEnum as _;
    use expect_test::expect;

    fn lines(way: &Way) -> String {
        let line = |client: &Client| match client.entry("cairn", way) {
            Ok(entry) => format!("{:<16}{}\n", client.word(), entry.line()),
            Err(error) => format!("{:<16}{error}\n", client.word()),
        };
        Client::value_variants().iter().map(line).collect()
    }

    #[test]
    fn each_client_is_told_in_its_own_form() {
        let arguments = ["mcp", "--root", "/srv/handbook"].map(str::to_owned).to_vec();
        expect![[r#"
            claude-code     {"mcpServers": {"cairn": {"type": "stdio", "command": "/usr/bin/cairn", "args": ["mcp","--root","/srv/handbook"]}}}
            claude-desktop  {"mcpServers": {"cairn": {"command": "/usr/bin/cairn", "args": ["mcp","--root","/srv/handbook"]}}}
            cursor          {"mcpServers": {"cairn": {"type": "stdio", "command": "/usr/bin/cairn", "args": ["mcp","--root","/srv/handbook"]}}}
            vscode          {"servers": {"cairn": {"type": "stdio", "command": "/usr/bin/cairn", "args": ["mcp","--root","/srv/handbook"]}}}
            codex           mcp_servers.cairn = { command = "/usr/bin/cairn", args = ["mcp","--root","/srv/handbook"] }
            zed             {"context_servers": {"cairn": {"command": "/usr/bin/cairn", "args": ["mcp","--root","/srv/handbook"]}}}
        "#]]
        .assert_eq(&lines(&Way::Stdio { command: "/usr/bin/cairn".to_owned(), arguments }));
    }

    #[test]
    fn a_token_is_named_by_its_variable_and_never_by_its_value() {
        let way =
            Way::Http { url: "https://cairn.example.com/mcp".to_owned(), token_env: Some("TEAM_TOKEN".to_owned()) };
        expect![[r#"
            claude-code     {"mcpServers": {"cairn": {"type": "http", "url": "https://cairn.example.com/mcp", "headers": {"Authorization":"Bearer ${TEAM_TOKEN}"}}}}
            claude-desktop  Claude Desktop: its file takes servers that it starts itself only; leave --http out
            cursor          {"mcpServers": {"cairn": {"url": "https://cairn.example.com/mcp", "headers": {"Authorization":"Bearer ${env:TEAM_TOKEN}"}}}}
            vscode          {"servers": {"cairn": {"type": "http", "url": "https://cairn.example.com/mcp", "headers": {"Authorization":"Bearer ${env:TEAM_TOKEN}"}}}}
            codex           mcp_servers.cairn = { url = "https://cairn.example.com/mcp", bearer_token_env_var = "TEAM_TOKEN" }
            zed             Zed: expands no environment variable in a header, and a token does not go into a file; leave --token-env out for the public part, or --http for a process of its own
        "#]]
        .assert_eq(&lines(&way));
    }
}
