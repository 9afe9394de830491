//! The flags of `cairn eval`.

use std::path::PathBuf;

use clap::Args;

use crate::eval::{Bound, Measure};

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags are independent of each other")]
pub(in crate::cli) struct EvalArguments {
    /// Files of judged questions (.jsonl, .yaml, .md) [default: the corpus' documents of type evalset]
    #[arg(value_name = "FILE", conflicts_with_all = ["beir", "logged"])]
    pub(in crate::cli) files: Vec<PathBuf>,

    /// A folder in BEIR's form in place of the corpus
    #[arg(long, value_name = "DIR", conflicts_with_all = ["against", "logged"])]
    pub(in crate::cli) beir: Option<PathBuf>,

    /// Read the Markdown under raw/ of that folder, judged by file, in place of corpus.jsonl
    #[arg(long, requires = "beir")]
    pub(in crate::cli) raw: bool,

    /// Where measures are cut; may be given again [default: 5 and 10]
    #[arg(short = 'k', long = "at", value_name = "N", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(in crate::cli) at: Vec<u8>,

    /// What gates, sweeps and comparisons look at
    #[arg(long, value_name = "MEASURE", default_value = "ndcg@10")]
    pub(in crate::cli) measure: Measure,

    /// Show each question
    #[arg(long)]
    pub(in crate::cli) queries: bool,

    /// Show words alone, meaning alone and both beside each other
    #[arg(long, conflicts_with = "logged")]
    pub(in crate::cli) legs: bool,

    /// Try fusion settings, and say which are within noise of the best
    #[arg(long, conflicts_with = "logged")]
    pub(in crate::cli) sweep: bool,

    /// Compare with the corpus as it was at this git revision
    #[arg(long, value_name = "REV")]
    pub(in crate::cli) against: Option<String>,

    /// Ask the questions of the ledger, and show whose first five passages changed
    #[arg(long, requires = "against")]
    pub(in crate::cli) logged: bool,

    /// With --logged: questions asked since then, a date or how long ago
    #[arg(long, value_name = "TIME", default_value = "30d", requires = "logged")]
    pub(in crate::cli) since: String,

    /// Fail (1) when a measure's mean is below; may be given again
    #[arg(long, value_name = "MEASURE=N", conflicts_with = "logged")]
    pub(in crate::cli) fail_under: Vec<Bound>,

    /// Write what was measured into the ledger, for the score over commits in `cairn report health`
    #[arg(long, conflicts_with_all = ["beir", "logged"])]
    pub(in crate::cli) record: bool,

    /// Fail (1) when a measure's mean fell by more since the revision; may be given again
    #[arg(long, value_name = "[MEASURE=]N", requires = "against", conflicts_with = "logged")]
    pub(in crate::cli) max_drop: Vec<Bound>,
}
