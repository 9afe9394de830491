//! Where things are: the folders that every command can be told.

use std::path::PathBuf;

use clap::Args;

/// Where things are; the same for every command.
#[derive(Debug, Clone, Args)]
pub(in crate::cli) struct Place {
    /// The folder with the collections.
    #[arg(long, global = true, value_name = "DIR")]
    pub(in crate::cli) root: Option<PathBuf>,

    /// Where indexes, ledger and tokens are kept.
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        help = "Where indexes, ledger and tokens are kept [default: ROOT/.cairn] [env: CAIRN_DATA]"
    )]
    pub(in crate::cli) data: Option<PathBuf>,

    /// Serve this folder as a public collection; may be given again.
    #[arg(long, global = true, value_name = "DIR")]
    pub(in crate::cli) public: Vec<PathBuf>,

    /// Serve this folder as a private collection; may be given again.
    #[arg(long, global = true, value_name = "DIR")]
    pub(in crate::cli) private: Vec<PathBuf>,

    /// What embeds texts: the folder of a sentence model, or `built-in`.
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        help = "What embeds texts: the folder of a sentence model, or `built-in` [default: [embedder] in cairn.toml, else built-in]"
    )]
    pub(in crate::cli) embedder: Option<PathBuf>,
}
