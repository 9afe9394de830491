//! What the rules say of documents: secrets, personal data, names, hosts, amounts, text aimed at agents; what is public, by which rule; how
//! private evidence becomes a public page; and what a process document allows an agent.
//!
//! Detectors look at bytes and say where; [`draft`] is the only one who acts on it: a file of a public folder that holds
//! a secret is narrowed before it is classified, so that a failure of judgement keeps a page in, never lets one out. A
//! secret is never printed whole. Nothing here reads a file or the environment.

mod aimed;
mod amount;
mod consent;
mod contract;
mod diff;
mod error;
mod exposure;
mod guard;
mod host;
mod name_list;
mod personal;
mod promotion;
mod rule_file;
mod rules;
mod secret;
mod sighting;

pub use aimed::aimed;
pub use consent::{Consent, wants_consent};
pub use contract::{Breach, Contract, Run};
pub use diff::{Piece, words};
pub use error::GovernanceError;
pub use exposure::{Change, Exposure, Reason, Standing, compare};
pub use guard::{draft, is_withheld};
pub use name_list::NameList;
pub use promotion::{Fate, Promotion, Proposal, Target, placeholder};
pub use rule_file::RuleFile;
pub use rules::{Allowed, Rules, RulesOptions, is_leak};
pub use sighting::{Sighting, finding};
