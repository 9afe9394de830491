//! The flags of `cairn check`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(in crate::cli) struct CheckArguments {
    /// Leave notes out
    #[arg(short, long)]
    pub(in crate::cli) quiet: bool,

    /// Look at what is staged in git, not at the files: each by itself, links aside
    #[arg(long)]
    pub(in crate::cli) staged: bool,

    /// Look at the message of a commit: a mistake that it closes needs a new judged question
    #[arg(long, value_name = "FILE", conflicts_with = "staged")]
    pub(in crate::cli) message: Option<PathBuf>,
}
