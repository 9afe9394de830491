//! The flags of `cairn token`.

use clap::{Args, Subcommand};

use crate::access::{Action, CollectionName, TokenName};

#[derive(Debug, Args)]
pub(in crate::cli) struct TokenArguments {
    #[command(subcommand)]
    pub(in crate::cli) command: TokenCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TokenCommand {
    /// Make a token and print its secret, this once
    #[command(after_help = "Examples:
  cairn token new --name build-agent --collections memory,team-a --can read,feedback,change --expires 90d
  cairn token new --name operator --can admin --expires 30d
  CAIRN_AGENT_TOKEN=$(cairn token new --name agent --collections memory)")]
    New(NewTokenArguments),
    /// Show the tokens there are: what each opens, until when, and when it was used last
    #[command(after_help = "Example:\n  cairn token list --json")]
    List,
    /// Take tokens back, for good
    #[command(after_help = "Example:\n  cairn token revoke build-agent tok_0a1b2c3d")]
    Revoke {
        /// The tokens, by id or name
        #[arg(required = true, num_args = 1.., value_name = "TOKEN")]
        tokens: Vec<String>,
    },
    /// Give a token another secret and print it, this once
    #[command(after_help = "Example:\n  cairn token rotate build-agent --grace 10m")]
    Rotate(RotateArguments),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct NewTokenArguments {
    /// What people call it; `list` shows it, the ledger does not
    #[arg(long, value_name = "NAME", value_parser = TokenName::parse)]
    pub(in crate::cli) name: TokenName,

    /// The private collections it opens; without it, the public shelf only
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', value_parser = CollectionName::parse)]
    pub(in crate::cli) collections: Vec<CollectionName>,

    /// What it may do: read, feedback, change, report; or admin, which is everything
    #[arg(long, value_name = "ACTION,…", value_delimiter = ',', default_value = "read")]
    pub(in crate::cli) can: Vec<Action>,

    /// How long it is good (90d, 12h), until when (2027-01-31), or never
    #[arg(long, value_name = "TIME", default_value = "90d")]
    pub(in crate::cli) expires: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RotateArguments {
    /// The token, by id or name
    #[arg(value_name = "TOKEN")]
    pub(in crate::cli) token: String,

    /// How long the old secret goes on to be good: 10m, 1h
    #[arg(long, value_name = "SPAN", default_value = "0")]
    pub(in crate::cli) grace: String,

    /// Until when the token is good from now on; left as it is without this
    #[arg(long, value_name = "TIME")]
    pub(in crate::cli) expires: Option<String>,
}
