//! What Cairn promises, end to end, on a real library: real files, the real model, engine and ledger.
//!
//! One binary, a module for each behaviour. Nothing sleeps: a test waits for a generation. What a test calls a
//! stranger, an owner or a member holds a grant of that kind and nothing more.

#![cfg(test)]

mod answers;
mod as_of;
mod bad_input;
mod best_effort;
mod blame;
mod citations;
mod clients;
mod embedders;
mod eval;
mod export;
mod exposure;
mod feedback;
mod freshness;
mod governance;
mod hazards;
mod ledgers;
mod log;
mod owners;
mod packs;
mod paging;
mod policies;
mod preview;
mod processes;
mod promote;
mod receipts;
mod record;
mod replay;
mod reports;
mod restart;
mod shelves;
mod support;
mod tokens;
mod visibility;
mod withdrawn;
