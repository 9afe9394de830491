//! The flags of `cairn export`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(in crate::cli) struct ExportArguments {
    #[command(subcommand)]
    pub(in crate::cli) what: ExportCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ExportCommand {
    /// Write the site
    Site {
        /// The folder to write into.
        #[arg(value_name = "DIR")]
        folder: PathBuf,

        /// Where the copy will be reached, for canonical links, feeds and the sitemap
        #[arg(
            long,
            value_name = "URL",
            help = "Where the copy will be reached, for canonical links, feeds and the sitemap [default: public_url in cairn.toml]"
        )]
        public_url: Option<String>,
    },
}
