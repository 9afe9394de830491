//! The flags of `cairn exposure`.

use clap::Args;

#[derive(Debug, Args)]
pub(in crate::cli) struct ExposureArguments {
    /// From one revision to another; the files on disk when the second is left out
    #[arg(value_name = "A..B")]
    pub(in crate::cli) revisions: Option<String>,
}
