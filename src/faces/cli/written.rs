//! `cairn feedback`, `cairn gap`, `cairn outcome add` and `cairn change add`: what is said of retrievals, documents and
//! runs, for the ledger.

use std::io::Read as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::library::wire::{
    ChangeReceipt, ChangeRequest, FeedbackReceipt, FeedbackRequest, GapReceipt, GapRequest, OutcomeReceipt,
    OutcomeRequest,
};
use crate::library::{Face, Pen, WriteError};
use crate::owner;

use super::attach::{Reach, Tongue, ask, reach};
use super::compose::{House, Stay};
use super::config::Settings;
use super::error::{CliError, Outcome};
use super::flags::Place;
use super::output::{self, Style};

/// The most bytes of a file of runs.
const FILE_BYTES: u64 = 16 << 20;

#[derive(Debug, Args)]
pub(super) struct FeedbackArguments {
    /// The retrieval: the id that its answer carries
    #[arg(value_name = "RETRIEVAL")]
    retrieval: String,

    /// good, bad or mixed
    #[arg(value_name = "VERDICT")]
    verdict: String,

    /// What was good or bad; needed when bad
    #[arg(long, value_name = "TEXT")]
    why: Option<String>,

    /// The document it is about
    #[arg(long, value_name = "ID")]
    doc: Option<String>,

    /// What is wrong: wrong, stale, missing, irrelevant, contradictory, unclear or private
    #[arg(long, value_name = "WORD")]
    reason: Option<String>,

    /// What would have been right
    #[arg(long, value_name = "TEXT")]
    corrected: Option<String>,

    /// The process it was asked for [default: the retrieval's]
    #[arg(long, value_name = "NAME")]
    process: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct GapArguments {
    /// What was needed
    #[arg(required = true, num_args = 1.., value_name = "NEED")]
    need: Vec<String>,

    /// Where it was looked for
    #[arg(long, value_name = "TEXT")]
    tried: Option<String>,

    /// A retrieval that did not help; may be given again
    #[arg(long = "retrieval", value_name = "ID")]
    retrievals: Vec<String>,

    /// The process it was needed for
    #[arg(long, value_name = "NAME")]
    process: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct OutcomeArguments {
    #[command(subcommand)]
    command: OutcomeCommand,
}

#[derive(Debug, Subcommand)]
enum OutcomeCommand {
    /// Write one down
    #[command(
        after_help = "Example:\n  cairn outcome add booking journeys/save-to-searchable --note \"after the talk\""
    )]
    Add {
        /// reply, citation, intro, booking, sale or reuse
        #[arg(value_name = "KIND")]
        kind: String,
        /// The public document
        #[arg(value_name = "DOC")]
        doc: String,
        /// More about it
        #[arg(long, value_name = "TEXT")]
        note: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(super) struct ChangeArguments {
    #[command(subcommand)]
    command: ChangeCommand,
}

#[derive(Debug, Subcommand)]
enum ChangeCommand {
    /// Write runs down: a JSON object, or one a line
    #[command(after_help = "Examples:
  cairn change add run.json
  agent-runs | cairn change add -

Exit codes: 0 written, 1 written and a contract was broken, 2 an error. docs/feedback.md has the fields.")]
    Add {
        /// The file, or - for standard input
        #[arg(value_name = "FILE|-")]
        file: PathBuf,
    },
}

pub(super) async fn feedback(place: Place, arguments: FeedbackArguments, json: bool) -> anyhow::Result<Outcome> {
    let FeedbackArguments { retrieval, verdict, why, doc, reason, corrected, process } = arguments;
    let request =
        FeedbackRequest { retrieval_id: retrieval, verdict, why, uri: doc, reason, corrected, process_id: process };
    let own = async |pen: Pen| pen.give_feedback(&request).await;
    let receipt: FeedbackReceipt = tell(&place, "cairn feedback", "/api/v1/feedback", &request, own).await?;
    if json {
        output::json(&receipt)?;
        return Ok(Outcome::Done);
    }
    let mut text = format!("written down as {}\n", receipt.feedback_id);
    if let Some(mistake) = &receipt.mistake {
        let Style { strong, bad, plain, .. } = Style::of(&std::io::stdout());
        let times = output::count(mistake.times, "time");
        let alarm = match &mistake.came_back_after {
            Some(commit) => format!(", {bad}came back{plain} after commit {commit} had closed it"),
            None if mistake.repeated => format!(", {bad}again{plain} with nothing done about it in between"),
            None => String::new(),
        };
        text.push_str(&format!("mistake {strong}{}{plain}, reported {times}{alarm}\n", mistake.number));
    }
    output::text(&text)?;
    Ok(Outcome::Done)
}

pub(super) async fn gap(place: Place, arguments: GapArguments, json: bool) -> anyhow::Result<Outcome> {
    let GapArguments { need, tried, retrievals, process } = arguments;
    let request = GapRequest { need: need.join(" "), tried, retrievals: Some(retrievals), process_id: process };
    let own = async |pen: Pen| pen.report_gap(&request).await;
    let receipt: GapReceipt = tell(&place, "cairn gap", "/api/v1/gaps", &request, own).await?;
    written(&receipt, &receipt.gap_id, json)
}

pub(super) async fn outcome(place: Place, arguments: OutcomeArguments, json: bool) -> anyhow::Result<Outcome> {
    let OutcomeCommand::Add { kind, doc, note } = arguments.command;
    let request = OutcomeRequest { outcome: kind, uri: doc, note };
    let own = async |pen: Pen| pen.report_outcome(&request).await;
    let receipt: OutcomeReceipt = tell(&place, "cairn outcome", "/api/v1/outcomes", &request, own).await?;
    written(&receipt, &receipt.outcome_id, json)
}

pub(super) async fn change(place: Place, arguments: ChangeArguments, json: bool) -> anyhow::Result<Outcome> {
    let ChangeCommand::Add { file } = arguments.command;
    let requests = runs(&file)?;
    let settings = Settings::read(&place)?;
    let mut outcome = Outcome::Done;
    let mut reached = Some(reach(&settings, Tongue::Http, "cairn change", Stay::Once).await?);
    for (line, request) in requests {
        let receipt = match reached.take() {
            Some(Reach::Owned(house)) => {
                house.library.wait_ready().await;
                let receipt = pen(&house)?.log_change(&request).await;
                reached = Some(Reach::Owned(house));
                receipt.map_err(anyhow::Error::from)
            }
            // Each connection is for one request.
            Some(Reach::Attached(stream)) => log_through(stream, &request).await,
            None => match reach(&settings, Tongue::Http, "cairn change", Stay::Once).await? {
                Reach::Attached(stream) => log_through(stream, &request).await,
                Reach::Owned(_) => Err(CliError::Stopped.into()),
            },
        };
        let receipt: ChangeReceipt = receipt.with_context(|| format!("{}:{line}", file.display()))?;
        if !receipt.violations.is_empty() {
            outcome = Outcome::Nothing;
        }
        show(&receipt, json)?;
    }
    Ok(outcome)
}

async fn log_through(stream: tokio::net::UnixStream, request: &ChangeRequest) -> anyhow::Result<ChangeReceipt> {
    ask(stream, "/api/v1/changes", Some(serde_json::to_vec(request)?), None).await
}

fn show(receipt: &ChangeReceipt, json: bool) -> anyhow::Result<()> {
    if json {
        return output::text(&format!("{}\n", serde_json::to_string(receipt)?));
    }
    let Style { bad, plain, .. } = Style::of(&std::io::stdout());
    let against = receipt.contract.as_ref().map(|uri| format!(", held against {}", output::line(uri)));
    let mut text = format!("written down as {}{}\n", receipt.change_id, against.unwrap_or_default());
    for violation in &receipt.violations {
        text.push_str(&format!("  {bad}{}{plain}: {}\n", violation.rule, output::line(&violation.what)));
    }
    output::text(&text)
}

/// The runs of a file with their lines: one JSON object, or one a line.
fn runs(file: &std::path::Path) -> anyhow::Result<Vec<(usize, ChangeRequest)>> {
    let mut text = String::new();
    let read = match file.as_os_str() == "-" {
        true => std::io::stdin().lock().take(FILE_BYTES).read_to_string(&mut text),
        false => std::fs::File::open(file).and_then(|opened| opened.take(FILE_BYTES).read_to_string(&mut text)),
    };
    read.with_context(|| format!("{}: cannot be read", file.display()))?;
    let request =
        |text: &str| -> anyhow::Result<ChangeRequest> { Ok(crate::mcp::arguments(serde_json::from_str(text)?)?) };
    if let Ok(object) = serde_json::from_str(&text) {
        let one = crate::mcp::arguments(object).with_context(|| format!("{}: not a run", file.display()))?;
        return Ok(vec![(1, one)]);
    }
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| Ok((at, request(line).with_context(|| format!("{}:{at}: not a run", file.display()))?)))
        .collect()
}

/// Has something written down by the owner of the data folder, or as its owner.
async fn tell<A: DeserializeOwned>(
    place: &Place,
    role: &str,
    path: &str,
    request: &impl Serialize,
    own: impl AsyncFnOnce(Pen) -> Result<A, WriteError>,
) -> anyhow::Result<A> {
    let settings = Settings::read(place)?;
    match reach(&settings, Tongue::Http, role, Stay::Once).await? {
        Reach::Attached(stream) => ask(stream, path, Some(serde_json::to_vec(request)?), None).await,
        Reach::Owned(house) => {
            house.library.wait_ready().await;
            Ok(own(pen(&house)?).await?)
        }
    }
}

fn pen(house: &House) -> Result<Pen, CliError> {
    owner::pen(&house.library, Face::Cli).ok_or(CliError::Stopped)
}

fn written(receipt: &impl Serialize, id: &str, json: bool) -> anyhow::Result<Outcome> {
    if json {
        output::json(receipt)?
    } else {
        output::text(&format!("written down as {id}\n"))?
    }
    Ok(Outcome::Done)
}
