//! The flags of `cairn blame`.

use clap::Args;

use crate::corpus::Lines;

#[derive(Debug, Args)]
pub(in crate::cli) struct BlameArguments {
    /// The document, collection/path; or the id of a retrieval, r_…
    #[arg(value_name = "DOCUMENT|RETRIEVAL")]
    pub(in crate::cli) name: String,

    /// Only these lines, both ends in
    #[arg(long, value_name = "FIRST-LAST", value_parser = lines)]
    pub(in crate::cli) lines: Option<Lines>,

    /// The document as it was at this git revision
    #[arg(long, value_name = "REV")]
    pub(in crate::cli) as_of: Option<String>,
}

/// Reads `12-31`, or one line.
fn lines(text: &str) -> Result<Lines, String> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.parse(), last.parse()) {
        (Ok(first), Ok(last)) if 1 <= first && first <= last => Ok(Lines { first, last }),
        _ => Err("write the first line and the last one, 12-31 say".to_owned()),
    }
}
