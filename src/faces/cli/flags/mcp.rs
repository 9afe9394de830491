//! The flags of `cairn mcp`: none of its own, and commands about clients.

use clap::Args;

use crate::cli::clients::McpCommand;

#[derive(Debug, Args)]
pub(in crate::cli) struct McpArguments {
    #[command(subcommand)]
    pub(in crate::cli) command: Option<McpCommand>,
}
