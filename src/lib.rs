//! Cairn, a context server: it serves passages of a Markdown corpus to agents and people, with a receipt for each.
//!
//! One room a folder; arrows run down only (`ARCHITECTURE.md` has the plan, `tests/house.rs` holds it). The rooms stand in
//! two packages, the core and the faces; all but `owner` have one name here.

pub use cairn_core::{access, corpus, embed, engine, governance, history, ledger, library, retrieval};
pub use cairn_faces::{cli, console, eval, http, mcp, reports, site};
