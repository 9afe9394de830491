//! The command line, as it is written.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};

use crate::access::{Action, CollectionName, TokenName};
use crate::corpus::Lines;
use crate::eval::{Bound, Measure};
use crate::mcp::process_named;
use crate::reports::ReportKind;

use super::clients::McpCommand;
use super::limits::LimitArguments;
use super::log::{LogArguments, Span};
use super::written::{ChangeArguments, FeedbackArguments, GapArguments, OutcomeArguments};

/// A context server: serves passages of a Markdown corpus to agents and people, with a receipt for each.
#[derive(Debug, Parser)]
#[command(name = "cairn", version, about, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "Examples:
  cairn serve                        serve ./corpus, ./playbook and ./journeys on http://127.0.0.1:7171
  cairn serve ~/handbook --public docs
  cairn search \"who approves a rollback\"
  cairn check                        what is wrong with the files, as file:line:column
  cairn exposure                     what is public, and by which rule
  cairn eval --against main          which answers the changes since main move")]
pub(super) struct Flags {
    #[command(flatten)]
    pub(super) place: Place,

    /// Print results as JSON.
    #[arg(long, global = true)]
    pub(super) json: bool,

    /// Say more on stderr; twice for everything.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(super) verbose: u8,

    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    #[command(subcommand)]
    pub(super) what: ExportCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum ExportCommand {
    /// Write the site
    Site {
        /// The folder to write into.
        #[arg(value_name = "DIR")]
        folder: PathBuf,

        /// Where the copy will be reached, for canonical links, feeds and the sitemap
        #[arg(
            long,
            value_name = "URL",
            help = "Where the copy will be reached, for canonical links, feeds and the sitemap [default: public_url in cairn.toml]"
        )]
        public_url: Option<String>,
    },
}

/// Where things are; the same for every command.
#[derive(Debug, Clone, Args)]
pub(super) struct Place {
    /// The folder with the collections.
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) root: Option<PathBuf>,

    /// Where indexes, ledger and tokens are kept.
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        help = "Where indexes, ledger and tokens are kept [default: ROOT/.cairn] [env: CAIRN_DATA]"
    )]
    pub(super) data: Option<PathBuf>,

    /// Serve this folder as a public collection; may be given again.
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) public: Vec<PathBuf>,

    /// Serve this folder as a private collection; may be given again.
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) private: Vec<PathBuf>,

    /// What embeds texts: the folder of a sentence model, or `built-in`.
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        help = "What embeds texts: the folder of a sentence model, or `built-in` [default: [embedder] in cairn.toml, else built-in]"
    )]
    pub(super) embedder: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Index, watch and serve the corpus over HTTP and MCP, and as a web site
    #[command(after_help = "Example:\n  cairn serve ~/handbook --public docs --listen 127.0.0.1:8080")]
    Serve(ServeArguments),
    /// Show the site while you write it: pages change as you save, with what is wrong in their margin
    #[command(after_help = "Examples:
  cairn preview                      ./corpus, ./playbook and ./journeys, on http://127.0.0.1:7172
  cairn preview ~/handbook --public docs --open

It runs beside a server, has an index of its own (ROOT/.cairn/preview), and shows private documents as well: the address
it prints has a key, without which nobody is answered. Searches here go into no ledger but its own.
docs/site.md has the rest.")]
    Preview(PreviewArguments),
    /// Speak MCP on standard input and output, for agents that start their servers themselves; or tell a client of it
    #[command(after_help = "Examples:
  cairn mcp install --client claude-code --root /path/to/handbook
  cairn mcp config                      what each client's configuration has to say

Without a command it is what a client starts: it answers on its standard input and output, and ends with them.")]
    Mcp(McpArguments),
    /// Find passages
    #[command(after_help = "Example:\n  cairn search \"who approves a rollback\" -k 3 --explain")]
    Search(SearchArguments),
    /// Read a document, or a section of it
    #[command(after_help = "Example:\n  cairn get playbook/loop#capture")]
    Get(GetArguments),
    /// List documents
    #[command(after_help = "Example:\n  cairn browse --collection playbook")]
    Browse(BrowseArguments),
    /// Say which commit each line of a document comes from, or each passage that a retrieval served
    #[command(after_help = "Examples:
  cairn blame playbook/loop
  cairn blame playbook/loop --lines 12-31
  cairn blame playbook/loop --as-of v1.4
  cairn blame r_01kb6z4k0w3v5q8e2m9x7c1d0f        what a retrieval served, at its own commit

A line that no commit has is `uncommitted`; one from before the end of a shallow clone is `unknown`.
Exit codes: 0 found, 1 no such lines, 2 an error.")]
    Blame(BlameArguments),
    /// Say whether an answer helped
    #[command(after_help = "Examples:
  cairn feedback r_01kb6z4k0w3v5q8e2m9x7c1d0f good
  cairn feedback r_01kb6z4k0w3v5q8e2m9x7c1d0f bad --reason stale --doc playbook/loop --why \"the limit is 500 now\"

docs/feedback.md says what becomes of it.")]
    Feedback(FeedbackArguments),
    /// Say what was needed and is not there
    #[command(after_help = "Example:\n  cairn gap \"how to roll back a migration\" --tried \"rollback, migration\"")]
    Gap(GapArguments),
    /// Say what came of a public document: a reply, a citation, an introduction, a booking, a sale, reuse
    #[command(after_help = "Example:\n  cairn outcome add booking journeys/save-to-searchable")]
    Outcome(OutcomeArguments),
    /// Log runs of processes by agents, each held against its contract
    #[command(after_help = "Example:\n  cairn change add run.json")]
    Change(ChangeArguments),
    /// Say what is wrong with the files
    #[command(about = "Say what is wrong with the files, as file:line:column")]
    #[command(after_help = "Examples:
  cairn check --root ~/handbook --public docs
  cairn check --staged        what is about to be committed; the hook of `cairn hook install`
  cairn check --message FILE  what the message of a commit promises about mistakes; the other hook

Exit codes: 0 clean or notes only, 1 findings, 2 an error, 8 a secret or a leak in a public folder.")]
    Check(CheckArguments),
    /// Write the public pages as files that any host can serve
    #[command(after_help = "Examples:
  cairn export site ./public --public-url https://handbook.example
  cairn export site ./public && python3 -m http.server -d ./public

The pages are those that `cairn serve` sends. A second export into the same folder writes what has changed and removes
what is gone; a folder that no export made and that is not empty is refused.")]
    Export(ExportArguments),
    /// Say what is public and by which rule, or what becomes public or private between two revisions
    #[command(after_help = "Examples:
  cairn exposure                  what is public now
  cairn exposure main..           what the changes since main make public or private, on disk
  cairn exposure v1.2..v1.3 --json

Exit code 8 when something comes into a public folder that a rule or a detector forbids.")]
    Exposure(ExposureArguments),
    /// Make a public page of a private document: a new file, a draft to read and to commit
    #[command(after_help = "Examples:
  cairn promote corpus/memory/x.md --to playbook/y.md
  cairn promote corpus/memory/x.md --to playbook/y.md --dry-run
  cairn promote corpus/memory/x.md --to playbook/y.md --redact --owner \"release managers\"

Exit codes: 0 written, 1 something is to be replaced and was not, 2 an error, 8 a secret or a leak is among it.
docs/governance.md has what is taken over, and the rules.")]
    Promote(PromoteArguments),
    /// Put hooks for commits into this repository
    #[command(after_help = "Example:\n  cairn hook install")]
    Hook(HookArguments),
    /// Measure search with judged questions, now and against a revision
    #[command(after_help = "Examples:
  cairn eval                                   every document of type evalset in the corpus
  cairn eval questions.jsonl --queries         a file of questions, one by one
  cairn eval --against main --max-drop 0.02    what the changes since main do to the answers
  cairn eval --fail-under ndcg@10=0.7          a gate: exit code 1 below it
  cairn eval --logged --since 30d --against main
                                               the same with the questions that were asked
  cairn eval --beir DIR --legs                 a folder with corpus.jsonl, queries.jsonl, qrels.tsv
  cairn eval --sweep                           which fusion settings are as good as the best

Exit codes: 0 good, 1 a gate was missed, a must_not was served or a judgement names nothing, 2 an error, 8 something
private is on the public shelf. docs/evaluation.md has the form of questions.")]
    Eval(EvalArguments),
    /// Read, search, export and verify the ledger of retrievals, and erase questions from it
    #[command(after_help = "Examples:
  cairn log tail -n 5
  cairn log search rollback --since 7d
  cairn log show r_01kb6z4k0w3v5q8e2m9x7c1d0f
  cairn log export --since 30d --format csv > retrievals.csv
  cairn log erase --before 90d
  cairn log verify

docs/ledger.md has the form of a record and what each command gives.")]
    Log(LogArguments),
    /// Say what was asked and not found, what is stale, unread, used, what came of it, and how well the corpus answers
    #[command(after_help = "Examples:
  cairn report                                 which reports there are
  cairn report gaps --since 7d                 what was asked this week and not found
  cairn report usage --since 2026-11-01 --until 2026-12-01 --json
  cairn report health --fail-under verified=0.5 --fail-under answered=0.9

Without a span gaps, stale, usage and health look at the last 30 days, the others at everything. Exit
codes: 0 good, 1 a row in a report of findings (gaps, stale, repeats) or a measure below its bound, 2 an error. docs/reports.md says what a row means.")]
    Report(ReportArguments),
    /// Make, list, rotate and revoke tokens
    #[command(after_help = "Examples:
  cairn token new --name build-agent --collections memory,team-a --can read,feedback --expires 90d
  cairn token list
  cairn token rotate build-agent
  cairn token revoke build-agent

With a server or without: what changes holds from its next request on. docs/access.md has the rest.")]
    Token(TokenArguments),
}

#[derive(Debug, Args)]
pub(super) struct ServeArguments {
    /// The folder with the collections [default: the current folder]
    #[arg(value_name = "ROOT", conflicts_with = "root")]
    pub(super) folder: Option<PathBuf>,

    /// The address to listen on
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        help = "The address to listen on [default: 127.0.0.1:7171] [env: CAIRN_LISTEN]"
    )]
    pub(super) listen: Option<SocketAddr>,

    /// The URL readers and agents use, when it is not the address that is listened on.
    #[arg(long, value_name = "URL")]
    pub(super) public_url: Option<String>,

    /// Go on with a ledger that does not fit its last checkpoint; what is missing or changed is written into it
    #[arg(long)]
    pub(super) accept_loss: bool,

    /// Serve playbooks as skills over MCP as well (`skills = true` under `[mcp]` in cairn.toml)
    #[arg(long)]
    pub(super) skills: bool,

    #[command(flatten)]
    pub(super) limits: LimitArguments,
}

#[derive(Debug, Args)]
pub(super) struct PreviewArguments {
    /// The folder with the collections [default: the current folder]
    #[arg(value_name = "ROOT", conflicts_with = "root")]
    pub(super) folder: Option<PathBuf>,

    /// The address to listen on, of this machine alone
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7172")]
    pub(super) listen: SocketAddr,

    /// Open it in the browser
    #[arg(long)]
    pub(super) open: bool,
}

#[derive(Debug, Args)]
pub(super) struct McpArguments {
    #[command(subcommand)]
    pub(super) command: Option<McpCommand>,
}

#[derive(Debug, Args)]
pub(super) struct SearchArguments {
    /// What you want to know, in words: `"a phrase"` must be there, `-word` must not, `tag:x` filters
    #[arg(required = true, num_args = 1.., value_name = "WORDS")]
    pub(super) words: Vec<String>,

    /// How many passages at most
    #[arg(short = 'k', long = "limit", value_name = "N", default_value_t = 6)]
    pub(super) limit: i64,

    /// How many tokens the answer may have, as JSON
    #[arg(long, value_name = "N")]
    pub(super) max_tokens: Option<i64>,

    /// How many passages of one document at most [default: 3]
    #[arg(long, value_name = "N")]
    pub(super) per_document: Option<i64>,

    /// Only this collection; may be given again
    #[arg(long = "collection", value_name = "NAME")]
    pub(super) collections: Vec<String>,

    /// Only this kind of document; may be given again
    #[arg(long = "type", value_name = "TYPE")]
    pub(super) types: Vec<String>,

    /// Only documents with this tag; may be given again
    #[arg(long = "tag", value_name = "TAG")]
    pub(super) tags: Vec<String>,

    /// Only this status; may be given again
    #[arg(long, value_name = "STATUS")]
    pub(super) status: Vec<String>,

    /// Where the answer before ended
    #[arg(long, value_name = "CURSOR")]
    pub(super) cursor: Option<String>,

    /// Ask the corpus as it was: a commit, a tag, or a day (its end, UTC)
    #[arg(long, value_name = "REV|DAY")]
    pub(super) as_of: Option<String>,

    /// Say why each passage ranks where it does
    #[arg(long)]
    pub(super) explain: bool,

    /// Show whole passages, not only the part that matches
    #[arg(long)]
    pub(super) full: bool,

    /// The process on whose behalf you ask, as the ledger is to have it
    #[arg(long, value_name = "NAME", value_parser = process)]
    pub(super) process: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct GetArguments {
    /// The document: collection/path, with or without cairn:// and #section
    #[arg(value_name = "ID")]
    pub(super) id: String,

    /// Only this section: a heading's anchor or title
    #[arg(long, value_name = "ANCHOR")]
    pub(super) section: Option<String>,

    /// How many tokens at most
    #[arg(long, value_name = "N")]
    pub(super) max_tokens: Option<i64>,

    /// Read it as it was: a commit, a tag, or a day (its end, UTC)
    #[arg(long, value_name = "REV|DAY")]
    pub(super) as_of: Option<String>,

    /// Where the answer before ended
    #[arg(long, value_name = "CURSOR")]
    pub(super) cursor: Option<String>,

    /// The process on whose behalf you ask, as the ledger is to have it
    #[arg(long, value_name = "NAME", value_parser = process)]
    pub(super) process: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct BrowseArguments {
    /// Only this collection
    #[arg(long, value_name = "NAME")]
    pub(super) collection: Option<String>,

    /// Only documents whose path in the collection begins so
    #[arg(long, value_name = "PATH")]
    pub(super) prefix: Option<String>,

    /// Only this kind of document
    #[arg(long = "type", value_name = "TYPE")]
    pub(super) kind: Option<String>,

    /// How many documents at most
    #[arg(short = 'k', long, value_name = "N")]
    pub(super) limit: Option<i64>,

    /// Where the answer before ended
    #[arg(long, value_name = "CURSOR")]
    pub(super) cursor: Option<String>,

    /// The process on whose behalf you ask, as the ledger is to have it
    #[arg(long, value_name = "NAME", value_parser = process)]
    pub(super) process: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct BlameArguments {
    /// The document, collection/path; or the id of a retrieval, r_…
    #[arg(value_name = "DOCUMENT|RETRIEVAL")]
    pub(super) name: String,

    /// Only these lines, both ends in
    #[arg(long, value_name = "FIRST-LAST", value_parser = lines)]
    pub(super) lines: Option<Lines>,

    /// The document as it was at this git revision
    #[arg(long, value_name = "REV")]
    pub(super) as_of: Option<String>,
}

/// Reads `12-31`, or one line.
fn lines(text: &str) -> Result<Lines, String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.parse(), last.parse()) {
        (Ok(first), Ok(last)) if 1 <= first && first <= last => Ok(Lines { first, last }),
        _ => Err("write the first line and the last one, 12-31 say".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// Leave notes out
    #[arg(short, long)]
    pub(super) quiet: bool,

    /// Look at what is staged in git, not at the files: each by itself, links aside
    #[arg(long)]
    pub(super) staged: bool,

    /// Look at the message of a commit: a mistake that it closes needs a new judged question
    #[arg(long, value_name = "FILE", conflicts_with = "staged")]
    pub(super) message: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ExposureArguments {
    /// From one revision to another; the files on disk when the second is left out
    #[arg(value_name = "A..B")]
    pub(super) revisions: Option<String>,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags are independent of each other")]
pub(super) struct PromoteArguments {
    /// The private document: its file, or collection/path
    #[arg(value_name = "SOURCE")]
    pub(super) source: PathBuf,

    /// The page, a Markdown file in a public folder
    #[arg(long, value_name = "FILE")]
    pub(super) to: PathBuf,

    /// The role that keeps the page
    #[arg(long, value_name = "ROLE")]
    pub(super) owner: Option<String>,

    /// Take every proposal without asking
    #[arg(long)]
    pub(super) redact: bool,

    /// Write without asking, if nothing is proposed
    #[arg(long)]
    pub(super) yes: bool,

    /// Show what would be written, and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Write over a page that is there
    #[arg(long)]
    pub(super) force: bool,
}

#[derive(Debug, Args)]
pub(super) struct HookArguments {
    #[command(subcommand)]
    pub(super) command: HookCommand,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(super) enum HookCommand {
    /// Refuse commits that bring a secret or a leak into a public folder, or close a mistake without a new judged question
    Install {
        /// Put a hook aside that is there already
        #[arg(long)]
        force: bool,
        /// Refuse commits with any finding above a note
        #[arg(long)]
        strict: bool,
    },
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags are independent of each other")]
pub(super) struct EvalArguments {
    /// Files of judged questions (.jsonl, .yaml, .md) [default: the corpus' documents of type evalset]
    #[arg(value_name = "FILE", conflicts_with_all = ["beir", "logged"])]
    pub(super) files: Vec<PathBuf>,

    /// A folder in BEIR's form in place of the corpus
    #[arg(long, value_name = "DIR", conflicts_with_all = ["against", "logged"])]
    pub(super) beir: Option<PathBuf>,

    /// Read the Markdown under raw/ of that folder, judged by file, in place of corpus.jsonl
    #[arg(long, requires = "beir")]
    pub(super) raw: bool,

    /// Where measures are cut; may be given again [default: 5 and 10]
    #[arg(short = 'k', long = "at", value_name = "N", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(super) at: Vec<u8>,

    /// What gates, sweeps and comparisons look at
    #[arg(long, value_name = "MEASURE", default_value = "ndcg@10")]
    pub(super) measure: Measure,

    /// Show each question
    #[arg(long)]
    pub(super) queries: bool,

    /// Show words alone, meaning alone and both beside each other
    #[arg(long, conflicts_with = "logged")]
    pub(super) legs: bool,

    /// Try fusion settings, and say which are within noise of the best
    #[arg(long, conflicts_with = "logged")]
    pub(super) sweep: bool,

    /// Compare with the corpus as it was at this git revision
    #[arg(long, value_name = "REV")]
    pub(super) against: Option<String>,

    /// Ask the questions of the ledger, and show whose first five passages changed
    #[arg(long, requires = "against")]
    pub(super) logged: bool,

    /// With --logged: questions asked since then, a date or how long ago
    #[arg(long, value_name = "TIME", default_value = "30d", requires = "logged")]
    pub(super) since: String,

    /// Fail (1) when a measure's mean is below; may be given again
    #[arg(long, value_name = "MEASURE=N", conflicts_with = "logged")]
    pub(super) fail_under: Vec<Bound>,

    /// Write what was measured into the ledger, for the score over commits in `cairn report health`
    #[arg(long, conflicts_with_all = ["beir", "logged"])]
    pub(super) record: bool,

    /// Fail (1) when a measure's mean fell by more since the revision; may be given again
    #[arg(long, value_name = "[MEASURE=]N", requires = "against", conflicts_with = "logged")]
    pub(super) max_drop: Vec<Bound>,
}

#[derive(Debug, Args)]
pub(super) struct ReportArguments {
    /// The report: gaps, stale, unread, repeats, usage, distribution or health [default: a list of them]
    #[arg(value_name = "NAME")]
    pub(super) name: Option<ReportKind>,

    #[command(flatten)]
    pub(super) span: Span,

    /// How many rows of each table at most
    #[arg(short = 'n', long = "limit", value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) limit: u16,

    /// With `health`: fail (1) when a measure is below; may be given again
    #[arg(long, value_name = "MEASURE=SHARE", value_parser = Floor::parse)]
    pub(super) fail_under: Vec<Floor>,
}

/// What a measure of `health` has to be at least.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Floor {
    pub(super) measure: String,
    pub(super) least: f64,
}

impl Floor {
    fn parse(text: &str) -> Result<Self, String> {
        let malformed = || "write a measure and a share between 0 and 1, verified=0.5 say".to_owned();
        let (measure, least) = text.split_once('=').ok_or_else(malformed)?;
        let least: f64 = least.parse().map_err(|_| malformed())?;
        let fits = (0.0..=1.0).contains(&least);
        fits.then(|| Self { measure: measure.to_owned(), least }).ok_or_else(malformed)
    }
}

#[derive(Debug, Args)]
pub(super) struct TokenArguments {
    #[command(subcommand)]
    pub(super) command: TokenCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token and print its secret, this once
    #[command(after_help = "Examples:
  cairn token new --name build-agent --collections memory,team-a --can read,feedback,change --expires 90d
  cairn token new --name operator --can admin --expires 30d
  CAIRN_AGENT_TOKEN=$(cairn token new --name agent --collections memory)")]
    New(NewTokenArguments),
    /// Show the tokens there are: what each opens, until when, and when it was used last
    #[command(after_help = "Example:\n  cairn token list --json")]
    List,
    /// Take tokens back, for good
    #[command(after_help = "Example:\n  cairn token revoke build-agent tok_0a1b2c3d")]
    Revoke {
        /// The tokens, by id or name
        #[arg(required = true, num_args = 1.., value_name = "TOKEN")]
        tokens: Vec<String>,
    },
    /// Give a token another secret and print it, this once
    #[command(after_help = "Example:\n  cairn token rotate build-agent --grace 10m")]
    Rotate(RotateArguments),
}

#[derive(Debug, Args)]
pub(super) struct NewTokenArguments {
    /// What people call it; `list` shows it, the ledger does not
    #[arg(long, value_name = "NAME", value_parser = TokenName::parse)]
    pub(super) name: TokenName,

    /// The private collections it opens; without it, the public shelf only
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_parser = CollectionName::parse)]
    pub(super) collections: Vec<CollectionName>,

    /// What it may do: read, feedback, change, report; or admin, which is everything
    #[arg(long, value_name = "ACTION,…", value_delimiter = ',', default_value = "read")]
    pub(super) can: Vec<Action>,

    /// How long it is good (90d, 12h), until when (2027-01-31), or never
    #[arg(long, value_name = "TIME", default_value = "90d")]
    pub(super) expires: String,
}

#[derive(Debug, Args)]
pub(super) struct RotateArguments {
    /// The token, by id or name
    #[arg(value_name = "TOKEN")]
    pub(super) token: String,

    /// How long the old secret goes on to be good: 10m, 1h
    #[arg(long, value_name = "SPAN", default_value = "0")]
    pub(super) grace: String,

    /// Until when the token is good from now on; left as it is without this
    #[arg(long, value_name = "TIME")]
    pub(super) expires: Option<String>,
}

fn process(text: &str) -> Result<String, &'static str> {
    process_named(text).ok_or("a process is called by 1 to 200 characters, in one line")
}
