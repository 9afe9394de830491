//! The flags of `cairn get`.

use clap::Args;

use super::process::process;

#[derive(Debug, Args)]
pub(in crate::cli) struct GetArguments {
    /// The document: collection/path, with or without cairn:// and #section
    #[arg(value_name = "ID")]
    pub(in crate::cli) id: String,

    /// Only this section: a heading's anchor or title
    #[arg(long, value_name = "ANCHOR")]
    pub(in crate::cli) section: Option<String>,

    /// How many tokens at most
    #[arg(long, value_name = "N")]
    pub(in crate::cli) max_tokens: Option<i64>,

    /// Read it as it was: a commit, a tag, or a day (its end, UTC)
    #[arg(long, value_name = "REV|DAY")]
    pub(in crate::cli) as_of: Option<String>,

    /// Where the answer before ended
    #[arg(long, value_name = "CURSOR")]
    pub(in crate::cli) cursor: Option<String>,

    /// The process on whose behalf you ask, as the ledger is to have it
    #[arg(long, value_name = "NAME", value_parser = process)]
    pub(in crate::cli) process: Option<String>,
}
