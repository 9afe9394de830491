//! The flags of `cairn report`, and the bound that one of them sets.

use clap::Args;

use crate::cli::log::Span;
use crate::reports::ReportKind;

#[derive(Debug, Args)]
pub(in crate::cli) struct ReportArguments {
    /// The report: gaps, stale, unread, repeats, usage, distribution or health [default: a list of them]
    #[arg(value_name = "NAME")]
    pub(in crate::cli) name: Option<ReportKind>,

    #[command(flatten)]
    pub(in crate::cli) span: Span,

    /// How many rows of each table at most
    #[arg(short = 'n', long = "limit", value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(in crate::cli) limit: u16,

    /// With `health`: fail (1) when a measure is below; may be given again
    #[arg(long, value_name = "MEASURE=SHARE", value_parser = Floor::parse)]
    pub(in crate::cli) fail_under: Vec<Floor>,
}

/// What a measure of `health` has to be at least.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::cli) struct Floor {
    pub(in crate::cli) measure: String,
    pub(in crate::cli) least: f64,
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
