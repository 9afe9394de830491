//! `cairn log`, as it is written.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde::de::DeserializeOwned;

use crate::ledger::{Documents, Face, Record, RecordName, RetrievalId, Verb};

#[derive(Debug, Args)]
pub(in crate::cli) struct LogArguments {
    #[command(subcommand)]
    pub(super) command: LogCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum LogCommand {
    /// Show the last records
    #[command(after_help = "Example:\n  cairn log tail -n 5 -f")]
    Tail {
        /// How many records
        #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
        lines: usize,
        /// Go on as records are written
        #[arg(short, long)]
        follow: bool,
    },
    /// Show one record, whole
    #[command(after_help = "Examples:
  cairn log show r_01kb6z4k0w3v5q8e2m9x7c1d0f
  cairn log show c_01kb6z4k0w3v5q8e2m9x7c1d0f   a run: the decision, what was read, its commits and their authors
  cairn log show 412 --json                     the line as it stands in the ledger")]
    Show {
        /// The record: the id that an answer carries, or its number in the ledger
        #[arg(value_name = "ID|NUMBER", value_parser = name)]
        name: RecordName,
    },
    /// Find records, newest first
    #[command(after_help = "Examples:
  cairn log search rollback --since 7d
  cairn log search --who tok_0a1b2c3d --verb search --empty
  cairn log search --document playbook/loop -n 100
  cairn log search --document playbook/ --face mcp --json
  cairn log search --trace 4bf92f3577b34da6a3ce929d0e0e4736

Everything that is said must hold. Exit codes: 0 found, 1 nothing found, 2 an error.")]
    Search(SearchArguments),
    /// Print records for other programs, oldest first
    #[command(after_help = "Examples:
  cairn log export > ledger.jsonl
  cairn log export --since 2026-11-01 --until 2026-12-01 --format csv > november.csv
  cairn log export --since 1d --format otel > retrievals.otlp.jsonl

jsonl: each line of the ledger, with the texts. csv: a row for each passage that was served. otel: an
OpenTelemetry log record for each retrieval, in the OTLP file form. docs/ledger.md has all fields.")]
    Export(ExportArguments),
    /// Ask again what was asked, of the corpus as it was then, and say whether the same passages come back
    #[command(after_help = "Examples:
  cairn log replay r_01kb6z4k0w3v5q8e2m9x7c1d0f
  cairn log replay r_01kb6z4k0w3v5q8e2m9x7c1d0f --now --diff    what would be served today, and what changed

Reads git, the files and the ledger where they lie, with a server beside it or without, and leaves no record.
Exit codes: 0 the same passages, 1 others, 2 an error. docs/ledger.md says what can make the difference.")]
    Replay(ReplayArguments),
    /// Erase texts of questions, feedback and runs; the records stay, and one is added that says which texts went
    #[command(after_help = "Examples:
  cairn log erase --before 90d                 what would be erased; nothing is changed
  cairn log erase --before 90d --yes
  cairn log erase --principal tok_0a1b2c3d --yes
  cairn log erase --query \"plum tree\" --yes    every text that has both words

With a server or without. Exit codes: 0 erased or would be, 1 nothing to erase, 2 an error.
docs/ledger.md says what is not erased.")]
    Erase(EraseArguments),
    /// Prove that no record was changed, left out or put in
    #[command(after_help = "Examples:
  cairn log verify
  cairn log verify --checkpoint ~/copies/cairn.checkpoint --pubkey ~/copies/ledger.pub --json

Exit codes: 0 good, 1 tampered (the first bad record is named), 2 torn tail only, or an error, 3 shorter than a
checkpoint. Only a checkpoint that was kept elsewhere proves something against whoever has the ledger's key.")]
    Verify(VerifyArguments),
    /// Print the newest checkpoint and the public key, to be kept elsewhere
    #[command(after_help = "Example:
  cairn log checkpoint --json >> /mnt/elsewhere/cairn.checkpoint

The line is signed and holds no record: it can be published. Exit codes: 0 printed, 1 there is none yet, 2 an error.")]
    Checkpoint,
}

#[derive(Debug, Args)]
pub(super) struct VerifyArguments {
    /// Checkpoints that were kept elsewhere: a file of their lines, or a server's log that has them
    #[arg(long, value_name = "FILE")]
    pub(super) checkpoint: Option<PathBuf>,

    /// The public key that was kept elsewhere [default: DATA/ledger.pub]
    #[arg(long, value_name = "FILE")]
    pub(super) pubkey: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct SearchArguments {
    /// Words that a text of the record has, each of them, whole or in part: the question, why it was bad, what was
    /// needed or decided; a text that was erased has none
    #[arg(value_name = "WORDS")]
    pub(super) words: Vec<String>,

    /// More words that the text has
    #[arg(long, value_name = "WORDS")]
    pub(super) text: Vec<String>,

    /// Asked or written by this principal: a token's id, local or anonymous
    #[arg(long, value_name = "WHO")]
    pub(super) who: Option<String>,

    /// With a passage of this document, or about it; collection/ is all of a collection
    #[arg(long, value_name = "ID", value_parser = Documents::parse)]
    pub(super) document: Option<Documents>,

    /// Of this kind: retrieval, feedback, gap, outcome, change, published, withdrawn, promoted, erased, token,
    /// views, missed or recovered; more than once for any of several
    #[arg(long, value_name = "KIND", value_parser = kind)]
    pub(super) kind: Vec<&'static str>,

    /// This retrieval, and what was written of it
    #[arg(long, value_name = "ID", value_parser = retrieval)]
    pub(super) retrieval: Option<RetrievalId>,

    #[command(flatten)]
    pub(super) span: Span,

    /// Of this trace: a traceparent, or the id of a trace or a span
    #[arg(long, value_name = "TRACE")]
    pub(super) trace: Option<String>,

    /// What was asked for: search, read, browse, list, resource, prompt or page
    #[arg(long, value_name = "VERB", value_parser = word::<Verb>)]
    pub(super) verb: Option<Verb>,

    /// Through which door: http, mcp, cli, stdio or site
    #[arg(long, value_name = "FACE", value_parser = word::<Face>)]
    pub(super) face: Option<Face>,

    /// That served nothing
    #[arg(long)]
    pub(super) empty: bool,

    /// How many records at most
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    pub(super) limit: usize,
}

/// From when until when.
#[derive(Debug, Args)]
pub(in crate::cli) struct Span {
    /// From this date, moment (RFC 3339), or so long ago (30d, 12h) on
    #[arg(long, value_name = "TIME")]
    pub(in crate::cli) since: Option<String>,

    /// Before this date, moment, or so long ago
    #[arg(long, value_name = "TIME")]
    pub(in crate::cli) until: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    #[command(flatten)]
    pub(super) span: Span,

    /// The form
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t = Format::Jsonl)]
    pub(super) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// The ledger's lines with the texts
    Jsonl,
    /// A row for each passage
    Csv,
    /// OTLP log records, a JSON object a line
    Otel,
}

#[derive(Debug, Clone, Args)]
pub(super) struct ReplayArguments {
    /// The retrieval: the id that an answer carries, or its number in the ledger
    #[arg(value_name = "ID|NUMBER", value_parser = name)]
    pub(super) name: RecordName,

    /// Ask the files as they are on disk, not those of the recorded commit
    #[arg(long)]
    pub(super) now: bool,

    /// Show the passages that are gone, new, moved or written otherwise, word by word
    #[arg(long)]
    pub(super) diff: bool,
}

#[derive(Debug, Args)]
pub(super) struct EraseArguments {
    #[command(flatten)]
    pub(super) rule: EraseRule,

    /// Erase; without it, say what would be erased
    #[arg(long)]
    pub(super) yes: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct EraseRule {
    /// Texts that have all of these words, whole or in part
    #[arg(long, value_name = "WORDS")]
    pub(super) query: Option<String>,

    /// Texts of this principal: a token's id, local or anonymous
    #[arg(long, value_name = "WHO")]
    pub(super) principal: Option<String>,

    /// Texts from before this date, moment (RFC 3339), or so long ago (90d)
    #[arg(long, value_name = "TIME")]
    pub(super) before: Option<String>,
}

fn name(text: &str) -> Result<RecordName, String> {
    RecordName::parse(text).ok_or_else(|| "a record is called by its id, r_… say, or by its number".to_owned())
}

fn kind(text: &str) -> Result<&'static str, String> {
    let known = Record::KINDS.into_iter().find(|kind| *kind == text);
    known.ok_or_else(|| format!("not a kind of record, write one of {}", Record::KINDS.join(", ")))
}

fn retrieval(text: &str) -> Result<RetrievalId, String> {
    RetrievalId::parse(text).ok_or_else(|| "a retrieval is called by the id that its answer carries, r_…".to_owned())
}

/// Reads one of the words that the ledger has for something.
fn word<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_value(text.into()).map_err(|error| error.to_string())
}
