//! How Cairn is asked and how it answers: commands, HTTP, MCP, pages and reports over what the core knows, as a crate of
//! their own.
//!
//! Faces are thin: they parse the wire, find the principal, call one verb of a reader, and print.

pub mod cli;
pub mod console;
pub mod eval;
pub mod http;
pub mod mcp;
pub mod reports;
pub mod site;

use cairn_core::{access, corpus, embed, engine, governance, history, ledger, library, owner, retrieval};
