//! Cairn, a context server: it serves passages of a Markdown corpus to agents and people, with a receipt for each.
//!
//! One room a folder; arrows run down only (`ARCHITECTURE.md` has the plan, `tests/house.rs` holds it).

pub mod access;
pub mod cli;
pub mod console;
pub mod corpus;
pub mod embed;
pub mod engine;
pub mod eval;
pub mod governance;
pub mod history;
pub mod http;
pub mod ledger;
pub mod library;
pub mod mcp;
pub mod reports;
pub mod retrieval;
pub mod site;
