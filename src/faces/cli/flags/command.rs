//! The command line as a whole: the flags that all commands share, and the commands with what their help says.
//!
//! The doc comments are the help: what is changed here is changed on the screen.

use clap::{ArgAction, Parser, Subcommand};

use crate::cli::log::LogArguments;
use crate::cli::written::{ChangeArguments, FeedbackArguments, GapArguments, OutcomeArguments};

use super::{
    BlameArguments, BrowseArguments, CheckArguments, EvalArguments, ExportArguments, ExposureArguments, GetArguments,
    HookArguments, McpArguments, Place, PreviewArguments, PromoteArguments, ReportArguments, SearchArguments,
    ServeArguments, TokenArguments,
};

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
pub(in crate::cli) struct Flags {
    #[command(flatten)]
    pub(in crate::cli) place: Place,

    /// Print results as JSON.
    #[arg(long, global = true)]
    pub(in crate::cli) json: bool,

    /// Say more on stderr; twice for everything.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(in crate::cli) verbose: u8,

    #[command(subcommand)]
    pub(in crate::cli) command: Command,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Command {
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
