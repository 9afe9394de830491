//! The flags of `cairn promote`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags are independent of each other")]
pub(in crate::cli) struct PromoteArguments {
    /// The private document: its file, or collection/path
    #[arg(value_name = "SOURCE")]
    pub(in crate::cli) source: PathBuf,

    /// The page, a Markdown file in a public folder
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) to: PathBuf,

    /// The role that keeps the page
    #[arg(long, value_name = "ROLE")]
    pub(in crate::cli) owner: Option<String>,

    /// Take every proposal without asking
    #[arg(long)]
    pub(in crate::cli) redact: bool,

    /// Write without asking, if nothing is proposed
    #[arg(long)]
    pub(in crate::cli) yes: bool,

    /// Show what would be written, and write nothing
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,

    /// Write over a page that is there
    #[arg(long)]
    pub(in crate::cli) force: bool,
}
