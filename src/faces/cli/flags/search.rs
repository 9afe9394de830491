//! The flags of `cairn search`.

use clap::Args;

use super::process::process;

#[derive(Debug, Args)]
pub(in crate::cli) struct SearchArguments {
    /// What you want to know, in words: `"a phrase"` must be there, `-word` must not, `tag:x` filters
    #[arg(required = true, num_args = 1.., value_name = "WORDS")]
    pub(in crate::cli) words: Vec<String>,

    /// How many passages at most
    #[arg(short = 'k', long = "limit", value_name = "N", default_value_t = 6)]
    pub(in crate::cli) limit: i64,

    /// How many tokens the answer may have, as JSON
    #[arg(long, value_name = "N")]
    pub(in crate::cli) max_tokens: Option<i64>,

    /// How many passages of one document at most [default: 3]
    #[arg(long, value_name = "N")]
    pub(in crate::cli) per_document: Option<i64>,

    /// Only this collection; may be given again
    #[arg(long = "collection", value_name = "NAME")]
    pub(in crate::cli) collections: Vec<String>,

    /// Only this kind of document; may be given again
    #[arg(long = "type", value_name = "TYPE")]
    pub(in crate::cli) types: Vec<String>,

    /// Only documents with this tag; may be given again
    #[arg(long = "tag", value_name = "TAG")]
    pub(in crate::cli) tags: Vec<String>,

    /// Only this status; may be given again
    #[arg(long, value_name = "STATUS")]
    pub(in crate::cli) status: Vec<String>,

    /// Where the answer before ended
    #[arg(long, value_name = "CURSOR")]
    pub(in crate::cli) cursor: Option<String>,

    /// Ask the corpus as it was: a commit, a tag, or a day (its end, UTC)
    #[arg(long, value_name = "REV|DAY")]
    pub(in crate::cli) as_of: Option<String>,

    /// Say why each passage ranks where it does
    #[arg(long)]
    pub(in crate::cli) explain: bool,

    /// Show whole passages, not only the part that matches
    #[arg(long)]
    pub(in crate::cli) full: bool,

    /// The process on whose behalf you ask, as the ledger is to have it
    #[arg(long, value_name = "NAME", value_parser = process)]
    pub(in crate::cli) process: Option<String>,
}
