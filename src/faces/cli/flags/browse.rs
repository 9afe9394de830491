//! The flags of `cairn browse`.

use clap::Args;

use super::process::process;

#[derive(Debug, Args)]
pub(in crate::cli) struct BrowseArguments {
    /// Only this collection
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) collection: Option<String>,

    /// Only documents whose path in the collection begins so
    #[arg(long, value_name = "PATH")]
    pub(in crate::cli) prefix: Option<String>,

    /// Only this kind of document
    #[arg(long = "type", value_name = "TYPE")]
    pub(in crate::cli) kind: Option<String>,

    /// How many documents at most
    #[arg(short = 'k', long, value_name = "N")]
    pub(in crate::cli) limit: Option<i64>,

    /// Where the answer before ended
    #[arg(long, value_name = "CURSOR")]
    pub(in crate::cli) cursor: Option<String>,

    /// The process on whose behalf you ask, as the ledger is to have it
    #[arg(long, value_name = "NAME", value_parser = process)]
    pub(in crate::cli) process: Option<String>,
}
