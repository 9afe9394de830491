//! The flags of `cairn serve`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::cli::limits::LimitArguments;

#[derive(Debug, Args)]
pub(in crate::cli) struct ServeArguments {
    /// The folder with the collections [default: the current folder]
    #[arg(value_name = "ROOT", conflicts_with = "root")]
    pub(in crate::cli) folder: Option<PathBuf>,

    /// The address to listen on
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        help = "The address to listen on [default: 127.0.0.1:7171] [env: CAIRN_LISTEN]"
    )]
    pub(in crate::cli) listen: Option<SocketAddr>,

    /// The URL readers and agents use, when it is not the address that is listened on.
    #[arg(long, value_name = "URL")]
    pub(in crate::cli) public_url: Option<String>,

    /// Go on with a ledger that does not fit its last checkpoint; what is missing or changed is written into it
    #[arg(long)]
    pub(in crate::cli) accept_loss: bool,

    /// Serve playbooks as skills over MCP as well (`skills = true` under `[mcp]` in cairn.toml)
    #[arg(long)]
    pub(in crate::cli) skills: bool,

    #[command(flatten)]
    pub(in crate::cli) limits: LimitArguments,
}
