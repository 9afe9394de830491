//! The hands: commands. Reads flags, file and environment, composes the rest, prints results.
//!
//! Results go to stdout, all else to stderr. Exit codes: 0 found or clean, 1 nothing found or findings, 2 an error, 8 a
//! leak or a secret. A broken pipe is a success.

mod agent_lines;
mod attach;
mod blame;
mod browse;
mod check;
mod clients;
mod collections;
mod compose;
mod config;
mod embedder;
mod error;
mod eval;
mod eval_record;
mod eval_report;
mod export;
mod exposure;
mod flags;
mod get;
mod hook;
mod ledger;
mod limits;
mod log;
mod mcp;
mod message;
#[cfg(feature = "otlp")]
mod otlp;
mod output;
mod preview;
mod promote;
mod report;
mod rules;
mod search;
mod serve;
mod socket;
mod stoppable;
mod token;
mod when;
mod written;

use std::process::ExitCode;

use clap::Parser as _;

use error::Outcome;
use flags::{Command, Flags, McpArguments};

/// What the binary allocates memory with. Benches take it too, so that they measure what users get.
pub use mimalloc::MiMalloc as Allocator;

/// Parses the command line, runs the command, and says how it ended.
#[must_use]
pub fn main() -> ExitCode {
    let flags = match Flags::try_parse() {
        Ok(flags) => flags,
        Err(error) => {
            // Clap's help and errors go where they belong by themselves; its code for errors is ours, 2.
            let shown = error.print();
            let wanted = !error.use_stderr();
            return if wanted && shown.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(2) };
        }
    };
    output::start_tracing(&flags);
    match run(flags) {
        Ok(outcome) => outcome.into(),
        Err(error) if error::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::say_error(&error);
            ExitCode::from(2)
        }
    }
}

fn run(flags: Flags) -> anyhow::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let Flags { place, command, json, .. } = flags;
    let outcome = runtime.block_on(async move {
        match command {
            Command::Serve(arguments) => serve::run(place, arguments, json).await,
            Command::Preview(arguments) => preview::run(place, arguments, json).await,
            Command::Mcp(McpArguments { command: None }) => mcp::run(place).await,
            Command::Mcp(McpArguments { command: Some(command) }) => clients::run(&place, command, json),
            Command::Search(arguments) => search::run(place, arguments, json).await,
            Command::Get(arguments) => get::run(place, arguments, json).await,
            Command::Browse(arguments) => browse::run(place, arguments, json).await,
            Command::Blame(arguments) => blame::run(&place, &arguments, json),
            Command::Feedback(arguments) => written::feedback(place, arguments, json).await,
            Command::Gap(arguments) => written::gap(place, arguments, json).await,
            Command::Outcome(arguments) => written::outcome(place, arguments, json).await,
            Command::Change(arguments) => written::change(place, arguments, json).await,
            Command::Check(arguments) => check::run(&place, &arguments, json),
            Command::Exposure(arguments) => exposure::run(&place, &arguments, json),
            Command::Promote(arguments) => promote::run(place, arguments, json).await,
            Command::Export(arguments) => export::run(&place, arguments, json).await,
            Command::Hook(arguments) => hook::run(&place, &arguments, json),
            Command::Eval(arguments) => eval::run(place, arguments, json).await,
            Command::Report(arguments) => report::run(place, arguments, json).await,
            Command::Log(arguments) => log::run(&place, &arguments, json).await,
            Command::Token(arguments) => token::run(&place, arguments, json).await,
        }
    });
    // Everything that must end in order has ended. A thread that reads standard input can't be woken and is left behind.
    runtime.shutdown_timeout(std::time::Duration::from_millis(50));
    outcome
}
