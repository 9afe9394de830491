//! `cairn mcp install` and `cairn mcp config`: tells an agent's client of this server.
//!
//! One source of what each client has to be told, for these two commands and for what `cairn serve` shows. A token is
//! named by its environment variable; its value is never written and never asked for.

mod client;
mod file;
mod jsonc;
mod tables;

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum as _};
use hyper::Uri;
use serde::Serialize;

use crate::library::DataFolder;

use self::client::{Client, Entry, Notation, Way};
use self::file::ClientFile;
use super::config::{self, Settings};
use super::error::{CliError, Outcome};
use super::flags::Place;
use super::output::{self, Style};

pub(super) use self::jsonc::JsonError;
pub(super) use self::tables::TomlError;

/// What the server is called in a client's file, unless it is told otherwise.
const NAME: &str = "cairn";

#[derive(Debug, Subcommand)]
pub(super) enum McpCommand {
    /// Write this server into a client's configuration file: shows the change, and asks
    #[command(after_help = "Examples:
  cairn mcp install --client claude-code                 for everything you do: the client starts `cairn mcp`
  cairn mcp install --client cursor --project .          for one project, in .cursor/mcp.json
  cairn mcp install --client codex --http https://cairn.example.com/mcp --token-env CAIRN_AGENT_TOKEN
  cairn mcp install --client zed --dry-run

Everything else in the file stays as it is, comments as well. Exit codes: 0 written or there already, 1 you said no,
2 an error. docs/agents.md has the files and the forms.")]
    Install(InstallArguments),
    /// Print what a client's configuration has to say
    #[command(after_help = "Examples:
  cairn mcp config                       for every client, with its file
  cairn mcp config --client vscode       what goes into .vscode/mcp.json, alone
  cairn mcp config --http --json")]
    Config(ConfigArguments),
}

#[derive(Debug, Args)]
pub(super) struct InstallArguments {
    /// The client
    #[arg(long)]
    client: Client,

    #[command(flatten)]
    target: TargetArguments,

    /// Write without asking
    #[arg(long)]
    yes: bool,

    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
pub(super) struct ConfigArguments {
    /// The client [default: all of them]
    #[arg(long)]
    client: Option<Client>,

    #[command(flatten)]
    target: TargetArguments,
}

/// What is told, and where.
#[derive(Debug, Args)]
struct TargetArguments {
    /// The file of this project, in place of yours
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,

    /// Another file than the one the client looks for
    #[arg(long, value_name = "FILE", conflicts_with = "project")]
    file: Option<PathBuf>,

    /// Over HTTP, to a server that runs, in place of a process of the client's own
    #[arg(
        long,
        value_name = "URL",
        num_args = 0..=1,
        default_missing_value = "",
        help = "Over HTTP, to a server that runs, in place of a process of the client's own [default URL: the server that runs on the data folder, else public_url, else the address of `cairn serve`]"
    )]
    http: Option<String>,

    /// The environment variable in which the client finds its token; the value goes into no file
    #[arg(long, value_name = "NAME", requires = "http", value_parser = variable)]
    token_env: Option<String>,

    /// What the server is called in the client
    #[arg(long, value_name = "NAME", default_value = NAME, value_parser = server_name)]
    name: String,
}

/// Reads the name of an environment variable. A token is none, so that its value can't end up in a file by mistake.
fn variable(text: &str) -> Result<String, &'static str> {
    let first = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let rest = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let named = first && rest && text.len() <= 64 && !text.starts_with("cairn_");
    named.then(|| text.to_owned()).ok_or("write the name of an environment variable, CAIRN_AGENT_TOKEN say")
}

/// Reads what a server is called: short, since clients join it with the names of tools and drop what is longer than 60.
fn server_name(text: &str) -> Result<String, &'static str> {
    let fits = (1..=32).contains(&text.len());
    let named = fits && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    named.then(|| text.to_owned()).ok_or("write 1 to 32 letters, digits, - and _")
}

/// How this server is reached over HTTP.
pub(super) fn over_http(url: &str, token_env: Option<String>) -> Way {
    let url = url.trim_end_matches('/');
    let url = if url.ends_with("/mcp") { url.to_owned() } else { format!("{url}/mcp") };
    Way::Http { url, token_env }
}

/// How a client starts a process of its own. Programs with a window do not search where a shell does.
pub(super) fn over_stdio(arguments: Vec<String>) -> Way {
    let command = config::binary().map_or_else(|| NAME.to_owned(), |binary| binary.display().to_string());
    Way::Stdio { command, arguments }
}

/// Where the server of these folders is: where the one that runs says, else where one would be.
fn own_url(settings: &Settings) -> String {
    let running = DataFolder::holder(&settings.data).map(|holder| holder.address);
    // Another process that holds the folder says there what kind it is.
    let running = running.filter(|address| address.starts_with("http://") || address.starts_with("https://"));
    let set = || settings.public_url.clone().unwrap_or_else(|| format!("http://{}", settings.listen));
    running.unwrap_or_else(set)
}

/// A URL that a client can connect to; `None` where nobody can. All interfaces are listened on, and connected to on the
/// loopback one.
fn reachable(url: &str) -> Option<String> {
    // A query would put a secret into the file, and the rest would have to be written in another way there.
    if !url.is_ascii() || url.contains(|c: char| c.is_ascii_control() || matches!(c, '?' | '#' | '"' | '\\' | ' ')) {
        return None;
    }
    let parsed: Uri = url.parse().ok()?;
    if !matches!(parsed.scheme_str()?, "http" | "https") {
        return None;
    }
    let authority = parsed.authority()?;
    let host = authority.host();
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let instead = match host.strip_prefix('[') {
        Some(rest) => {
            let address: Ipv6Addr = rest.strip_suffix(']')?.parse().ok()?;
            if address.is_unspecified() { "[::1]" } else { host }
        }
        None if host.parse::<Ipv4Addr>() == Ok(Ipv4Addr::UNSPECIFIED) => "127.0.0.1",
        None if !host.is_empty() && host.chars().all(named) => host,
        None => return None,
    };
    // Nothing but a port may stand beside the host: a password would be another secret.
    let port = authority.as_str().strip_prefix(host)?;
    let numbered =
        |port: &str| port.chars().all(|c| c.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0);
    let good = port.is_empty() || port.strip_prefix(':').is_some_and(numbered);
    good.then(|| url.replacen(host, instead, 1))
}

impl TargetArguments {
    fn way(&self, settings: &Settings) -> Result<Way, CliError> {
        let given = match self.http.as_deref() {
            None => return Ok(over_stdio(settings.stdio_arguments())),
            Some("") => own_url(settings),
            Some(url) => url.to_owned(),
        };
        match reachable(&given) {
            Some(url) => Ok(over_http(&url, self.token_env.clone())),
            None => Err(CliError::ServerUrl { url: given }),
        }
    }

    fn place(&self, client: Client) -> Result<PathBuf, CliError> {
        match (&self.file, &self.project) {
            (Some(file), _) => Ok(file.clone()),
            (None, Some(project)) => client.project_file(project),
            (None, None) => client.own_file(),
        }
    }
}

pub(super) fn run(place: &Place, command: McpCommand, json: bool) -> anyhow::Result<Outcome> {
    match command {
        McpCommand::Install(arguments) => install(place, &arguments, json),
        McpCommand::Config(arguments) => print(place, &arguments, json),
    }
}

/// What became of a file, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Installed {
    client: String,
    file: String,
    /// Whether the file was, or would be, another one than it is.
    changed: bool,
    written: bool,
    /// What changes, line by line; empty when nothing does.
    diff: String,
}

fn install(place: &Place, arguments: &InstallArguments, json: bool) -> anyhow::Result<Outcome> {
    let settings = Settings::read(place)?;
    let (client, target) = (arguments.client, &arguments.target);
    let entry = client.entry(&target.name, &target.way(&settings)?)?;
    let file = ClientFile::read(target.place(client)?)?;
    let before = file.text.clone().unwrap_or_default();
    let after = changed(&file, &entry)?;
    let path = file.path.display().to_string();
    let told = |written: bool| Installed {
        client: client.word(),
        file: path.clone(),
        changed: before != after,
        written,
        diff: if before == after { String::new() } else { file::diff(&before, &after, Style::default()) },
    };
    let say = |text: &str, written: bool| if json { output::json(&told(written)) } else { output::text(text) };
    if before == after {
        say(&format!("{path}: says so already\n"), false)?;
        return Ok(Outcome::Done);
    }
    if !json {
        output::text(&format!("{path}\n{}", file::diff(&before, &after, Style::of(&std::io::stdout()))))?;
    }
    if arguments.dry_run {
        say("nothing was written\n", false)?;
        return Ok(Outcome::Done);
    }
    file.may_be_written()?;
    // With `--json` the change is told when all is over; who is asked has to see it before.
    let unseen = json.then(|| file::diff(&before, &after, Style::of(&std::io::stderr())));
    if !arguments.yes && !agreed(&path, unseen.as_deref())? {
        say("nothing was written\n", false)?;
        return Ok(Outcome::Nothing);
    }
    file.write(&after)?;
    let next = target.token_env.as_ref().map(|variable| format!(", with {variable} set"));
    let next = format!("{path}: written; start {} anew{}\n", client.title(), next.unwrap_or_default());
    say(&next, true)?;
    Ok(Outcome::Done)
}

fn changed(file: &ClientFile, entry: &Entry) -> Result<String, CliError> {
    let text = file.text.as_deref().unwrap_or_default();
    let path = || file.path.clone();
    match entry.notation {
        Notation::Json => jsonc::set(text, entry).map_err(|source| CliError::ClientJson { path: path(), source }),
        Notation::Toml => tables::set(text, entry).map_err(|source| CliError::ClientToml { path: path(), source }),
    }
}

/// Asks whether to write a file, and shows what changes in it where that was not seen yet.
fn agreed(path: &str, unseen: Option<&str>) -> anyhow::Result<bool> {
    let input = std::io::stdin();
    if !input.is_terminal() {
        return Err(CliError::NobodyToAskOfFile.into());
    }
    let mut to = std::io::stderr().lock();
    if let Some(change) = unseen {
        write!(to, "{path}\n{change}")?;
    }
    write!(to, "write {path}? [y/N]: ")?;
    to.flush()?;
    let mut line = String::new();
    input.lock().read_line(&mut line)?;
    Ok(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// What a client has to be told, as `--json` prints it.
#[derive(Debug, Serialize)]
struct Told {
    client: String,
    /// The file it looks for; absent where it has none of that kind.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// `json` or `toml`.
    notation: &'static str,
    text: String,
}

fn print(place: &Place, arguments: &ConfigArguments, json: bool) -> anyhow::Result<Outcome> {
    let settings = Settings::read(place)?;
    let target = &arguments.target;
    let way = target.way(&settings)?;
    let told = |client: Client| -> Result<Told, CliError> {
        let entry = client.entry(&target.name, &way)?;
        let file = target.place(client).ok().map(|file| file.display().to_string());
        let notation = if entry.notation == Notation::Json { "json" } else { "toml" };
        Ok(Told { client: client.word(), file, notation, text: entry.shown() })
    };
    if let Some(client) = arguments.client {
        let told = told(client)?;
        if json {
            output::json(&told)?;
        } else {
            output::text(&told.text)?;
        }
        return Ok(Outcome::Done);
    }
    // Of all clients those are told that can come this way.
    let all = Client::value_variants().iter().map(|client| (*client, told(*client)));
    if json {
        output::json(&all.filter_map(|(_, told)| told.ok()).collect::<Vec<_>>())?;
        return Ok(Outcome::Done);
    }
    let Style { strong, dim, plain, .. } = Style::of(&std::io::stdout());
    let text = all.map(|(client, told)| match told {
        Ok(Told { file, text, .. }) => {
            format!("{strong}{}{plain} {dim}{}{plain}\n{text}\n", client.title(), file.unwrap_or_default())
        }
        Err(error) => format!("{dim}{error}{plain}\n\n"),
    });
    output::text(&text.collect::<String>())?;
    Ok(Outcome::Done)
}

/// What `cairn serve` shows of how to connect a client, a line each.
pub(super) fn lines(http: &Way, stdio: &Way) -> String {
    let mut text = String::new();
    for (client, file) in [(Client::Cursor, ".cursor/mcp.json"), (Client::Vscode, ".vscode/mcp.json")] {
        if let Ok(entry) = client.entry(NAME, http) {
            text.push_str(&format!("  {:<14} {file:<18} {}\n", client.title(), entry.line()));
        }
    }
    if let Ok(entry) = Client::ClaudeDesktop.entry(NAME, stdio) {
        text.push_str(&format!("  Anything else  {}\n", entry.line()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{reachable, server_name, variable};

    #[test]
    fn a_url_is_one_that_a_client_can_connect_to() {
        for (url, expected) in [
            ("https://cairn.example.com/@team", "https://cairn.example.com/@team"),
            ("HTTP://cairn_1:7171/mcp", "HTTP://cairn_1:7171/mcp"),
            ("http://[2001:db8::1]:65535", "http://[2001:db8::1]:65535"),
            ("http://0.0.0.0:7171", "http://127.0.0.1:7171"),
            ("http://[::]:7171/mcp", "http://[::1]:7171/mcp"),
        ] {
            assert_eq!(reachable(url).as_deref(), Some(expected), "{url}");
        }
        for url in ["", "cairn", "/mcp", "ftp://a", "http://", "http:///mcp", "http://:80", "http://a:", "http://a:0"] {
            assert_eq!(reachable(url), None, "{url}");
        }
        for port in ["99999999", "+80", "80x", "80:81"] {
            assert_eq!(reachable(&format!("http://a:{port}")), None, "{port}");
        }
        for url in
            ["http://a\nb", "http://a/\n", "http://a/\u{7f}", "http://a b", "http://[a]", "http://[::1]a", "http://ä"]
        {
            assert_eq!(reachable(url), None, "{url:?}");
        }
        for secret in ["http://me:pass@a", "http://me@a:80", "http://a@a", "http://a/?token=x", "http://a/#x"] {
            assert_eq!(reachable(secret), None, "{secret}");
        }
    }

    #[test]
    fn a_token_is_not_taken_for_the_name_of_its_variable() {
        assert!(variable("CAIRN_AGENT_TOKEN").is_ok() && variable("_x1").is_ok());
        let secret = format!("cairn_{}", "0a".repeat(32));
        for bad in ["", "1X", "A-B", "$TOKEN", "a b", secret.as_str(), "ghp_x y"] {
            assert!(variable(bad).is_err(), "{bad}");
        }
        assert!(server_name("team-context").is_ok());
        assert!(server_name("a.b").is_err() && server_name(&"x".repeat(33)).is_err() && server_name("").is_err());
    }
}
