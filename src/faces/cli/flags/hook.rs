//! The flags of `cairn hook`.

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(in crate::cli) struct HookArguments {
    #[command(subcommand)]
    pub(in crate::cli) command: HookCommand,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(in crate::cli) enum HookCommand {
    /// Refuse commits that bring a secret or a leak into a public folder, or close a mistake without a new judged question
    Install {
        /// Put a hook aside that is there already
        #[arg(long)]
        force: bool,
        /// Refuse commits with any finding above a note
        #[arg(long)]
        strict: bool,
    },
}
