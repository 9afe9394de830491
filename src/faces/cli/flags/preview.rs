//! The flags of `cairn preview`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(in crate::cli) struct PreviewArguments {
    /// The folder with the collections [default: the current folder]
    #[arg(value_name = "ROOT", conflicts_with = "root")]
    pub(in crate::cli) folder: Option<PathBuf>,

    /// The address to listen on, of this machine alone
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:7172")]
    pub(in crate::cli) listen: SocketAddr,

    /// Open it in the browser
    #[arg(long)]
    pub(in crate::cli) open: bool,
}
