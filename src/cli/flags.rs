//! The command line, as it is written.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgAction, Args, Parser, Subcommand};

/// A context server: serves passages of a Markdown corpus to agents and people, with a receipt for each.
#[derive(Debug, Parser)]
#[command(name = "cairn", version, about, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "Examples:
  cairn serve                        serve ./corpus, ./playbook and ./journeys on http://127.0.0.1:7171
  cairn serve ~/handbook --public docs
  cairn search \"who approves a rollback\"
  cairn check                        what is wrong with the files, as file:line:column")]
pub(super) struct Flags {
    #[command(flatten)]
    pub(super) place: Place,

    /// Print results as JSON.
    #[arg(long, global = true)]
    pub(super) json: bool,

    /// Say more on stderr; twice for everything.
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub(super) verbose: u8,

    #[command(subcommand)]
    pub(super) command: Command,
}

/// Where things are; the same for every command.
#[derive(Debug, Clone, Args)]
pub(super) struct Place {
    /// The folder with the collections.
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) root: Option<PathBuf>,

    /// Where indexes, ledger and tokens are kept.
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        help = "Where indexes, ledger and tokens are kept [default: ROOT/.cairn] [env: CAIRN_DATA]"
    )]
    pub(super) data: Option<PathBuf>,

    /// Serve this folder as a public collection; may be given again.
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) public: Vec<PathBuf>,

    /// Serve this folder as a private collection; may be given again.
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) private: Vec<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Index, watch and serve the corpus over HTTP and MCP, and as a web site
    #[command(after_help = "Example:\n  cairn serve ~/handbook --public docs --listen 127.0.0.1:8080")]
    Serve(ServeArguments),
    /// Speak MCP on standard input and output, for agents that start their servers themselves
    #[command(
        after_help = "Example (an agent's configuration):\n  {\"mcpServers\": {\"cairn\": {\"command\": \"cairn\", \"args\": [\"mcp\", \"--root\", \"/path/to/handbook\"]}}}"
    )]
    Mcp,
    /// Find passages
    #[command(after_help = "Example:\n  cairn search \"who approves a rollback\" -k 3 --explain")]
    Search(SearchArguments),
    /// Read a document, or a section of it
    #[command(after_help = "Example:\n  cairn get playbook/loop#capture")]
    Get(GetArguments),
    /// List documents
    #[command(after_help = "Example:\n  cairn browse --collection playbook")]
    Browse(BrowseArguments),
    /// Say what is wrong with the files
    #[command(about = "Say what is wrong with the files, as file:line:column")]
    #[command(after_help = "Example:\n  cairn check --root ~/handbook --public docs")]
    Check(CheckArguments),
    /// Read and verify the ledger of retrievals
    #[command(after_help = "Examples:\n  cairn log tail -n 5\n  cairn log verify")]
    Log(LogArguments),
}

#[derive(Debug, Args)]
pub(super) struct ServeArguments {
    /// The folder with the collections [default: the current folder]
    #[arg(value_name = "ROOT", conflicts_with = "root")]
    pub(super) folder: Option<PathBuf>,

    /// The address to listen on
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        help = "The address to listen on [default: 127.0.0.1:7171] [env: CAIRN_LISTEN]"
    )]
    pub(super) listen: Option<SocketAddr>,

    /// The URL readers and agents use, when it is not the address that is listened on.
    #[arg(long, value_name = "URL")]
    pub(super) public_url: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct SearchArguments {
    /// What you want to know, in words
    #[arg(required = true, num_args = 1.., value_name = "WORDS")]
    pub(super) words: Vec<String>,

    /// How many passages at most
    #[arg(short = 'k', long = "limit", value_name = "N", default_value_t = 6)]
    pub(super) limit: i64,

    /// How many tokens the answer may have, as JSON
    #[arg(long, value_name = "N")]
    pub(super) max_tokens: Option<i64>,

    /// How many passages of one document at most [default: 3]
    #[arg(long, value_name = "N")]
    pub(super) per_document: Option<i64>,

    /// Only this collection; may be given again
    #[arg(long = "collection", value_name = "NAME")]
    pub(super) collections: Vec<String>,

    /// Only this kind of document; may be given again
    #[arg(long = "type", value_name = "TYPE")]
    pub(super) types: Vec<String>,

    /// Only documents with this tag; may be given again
    #[arg(long = "tag", value_name = "TAG")]
    pub(super) tags: Vec<String>,

    /// Only this status; may be given again
    #[arg(long, value_name = "STATUS")]
    pub(super) status: Vec<String>,

    /// Where the answer before ended
    #[arg(long, value_name = "CURSOR")]
    pub(super) cursor: Option<String>,

    /// Say why each passage ranks where it does
    #[arg(long)]
    pub(super) explain: bool,

    /// Show whole passages, not only the part that matches
    #[arg(long)]
    pub(super) full: bool,
}

#[derive(Debug, Args)]
pub(super) struct GetArguments {
    /// The document: collection/path, with or without cairn:// and #section
    #[arg(value_name = "ID")]
    pub(super) id: String,

    /// Only this section: a heading's anchor or title
    #[arg(long, value_name = "ANCHOR")]
    pub(super) section: Option<String>,

    /// How many tokens at most
    #[arg(long, value_name = "N")]
    pub(super) max_tokens: Option<i64>,

    /// Where the answer before ended
    #[arg(long, value_name = "CURSOR")]
    pub(super) cursor: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct BrowseArguments {
    /// Only this collection
    #[arg(long, value_name = "NAME")]
    pub(super) collection: Option<String>,

    /// Only documents whose path in the collection begins so
    #[arg(long, value_name = "PATH")]
    pub(super) prefix: Option<String>,

    /// Only this kind of document
    #[arg(long = "type", value_name = "TYPE")]
    pub(super) kind: Option<String>,

    /// How many documents at most
    #[arg(short = 'k', long, value_name = "N")]
    pub(super) limit: Option<i64>,

    /// Where the answer before ended
    #[arg(long, value_name = "CURSOR")]
    pub(super) cursor: Option<String>,
}

#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// Leave notes out
    #[arg(short, long)]
    pub(super) quiet: bool,
}

#[derive(Debug, Args)]
pub(super) struct LogArguments {
    #[command(subcommand)]
    pub(super) command: LogCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum LogCommand {
    /// Show the last records
    #[command(after_help = "Example:\n  cairn log tail -n 5 -f")]
    Tail {
        /// How many records
        #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
        lines: usize,
        /// Go on as records are written
        #[arg(short, long)]
        follow: bool,
    },
    /// Prove that no record was changed, left out or put in: 0 good, 1 tampered, 2 torn tail only
    #[command(after_help = "Example:\n  cairn log verify --json")]
    Verify,
}
