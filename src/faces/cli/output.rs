//! What a person or a program reads: results on stdout, the rest on stderr.

use std::io::{IsTerminal as _, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::library::Progress;

use super::config;
use super::flags::{Command, Flags};

/// Starts the log: on stderr, warnings by default, what happens for `serve`, more with `-v`.
pub(super) fn start_tracing(flags: &Flags) {
    let asked = match (flags.verbose, &flags.command) {
        (0, Command::Serve(_)) => LevelFilter::INFO,
        (0, _) => LevelFilter::WARN,
        (1, _) => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let level = config::log_level().and_then(|level| level.parse().ok()).unwrap_or(asked);
    // Only our own rooms at the level that was asked for: a dependency's debugging helps nobody here.
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        // And with it `cairn_core` and `cairn_faces`: targets match by their beginning.
        .with_target("cairn", level)
        // It tells what was asked for when an answer is an error.
        .with_target("rmcp", LevelFilter::OFF);
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && !config::no_color())
        .with_target(false);
    tracing_subscriber::registry().with(targets).with(lines).init();
}

/// Prints a result as one JSON document.
pub(super) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    let mut out = std::io::stdout().lock();
    out.write_all(&text)?;
    out.flush()?;
    Ok(())
}

/// Prints a value as one line of JSON that is there at once: scripts read it while the command runs on.
pub(super) fn banner(value: &impl Serialize) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(value)?)?;
    out.flush()?;
    Ok(())
}

/// Prints a text for people.
pub(super) fn text(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Says something on stderr that is no result.
pub(super) fn note(text: &str) {
    // Nobody is left to tell when stderr is closed.
    let _written = std::io::stderr().lock().write_all(format!("{text}\n").as_bytes()).is_ok();
}

/// Says on stderr why a command could not do what it was told: the error, and each cause under it.
pub(super) fn say_error(error: &anyhow::Error) {
    let style = Style::of(&std::io::stderr());
    let mut text = format!("{}error:{} {error}\n", style.bad, style.plain);
    let mut last = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        // A cause that only says again what stands above it is left out.
        if !last.ends_with(&cause) {
            text.push_str(&format!("  because: {}\n", cause.trim_end().replace('\n', "\n    ")));
        }
        last = cause;
    }
    // Nobody is left to tell when stderr is closed.
    let _written = std::io::stderr().lock().write_all(text.as_bytes()).is_ok();
}

/// Signs for a terminal; empty where colours are not wanted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Style {
    pub(super) strong: &'static str,
    pub(super) dim: &'static str,
    pub(super) mark: &'static str,
    pub(super) bad: &'static str,
    pub(super) plain: &'static str,
}

impl Style {
    /// The style of a stream.
    pub(super) fn of(stream: &impl std::io::IsTerminal) -> Self {
        if !stream.is_terminal() || config::no_color() {
            return Self::default();
        }
        Self { strong: "\u{1b}[1m", dim: "\u{1b}[2m", mark: "\u{1b}[1;33m", bad: "\u{1b}[1;31m", plain: "\u{1b}[0m" }
    }
}

/// Removes what could steer a terminal: control characters but line breaks and tabs.
pub(super) fn safe(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// The same, for what must stay on one line.
pub(super) fn line(text: &str) -> String {
    safe(text).replace(['\n', '\t'], " ")
}

/// A number with its noun.
pub(super) fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// Shows how far a build is, on a terminal only.
pub(super) fn progress() -> Option<Arc<dyn Fn(Progress) + Send + Sync>> {
    progress_of("indexing", "files")
}

/// Shows how far some work is, on a terminal only.
pub(super) fn progress_of(doing: &str, what: &str) -> Option<Arc<dyn Fn(Progress) + Send + Sync>> {
    if !std::io::stderr().is_terminal() {
        return None;
    }
    let bar: Mutex<Option<ProgressBar>> = Mutex::new(None);
    let template = format!("{doing} {{bar:32}} {{pos}}/{{len}} {what}");
    Some(Arc::new(move |progress: Progress| {
        // A handful of files is done before a bar could be read.
        if progress.total < 100 {
            return;
        }
        let mut bar = bar.lock().unwrap_or_else(PoisonError::into_inner);
        let shown = bar.get_or_insert_with(|| {
            let style = ProgressStyle::with_template(&template);
            ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
        });
        shown.set_length(progress.total as u64);
        shown.set_position(progress.done as u64);
        if progress.done == progress.total {
            shown.finish_and_clear();
            *bar = None;
        }
    }))
}
