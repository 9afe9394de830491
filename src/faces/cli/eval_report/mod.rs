//! What `cairn eval` prints: tables for people, one JSON document for programs.
//!
//! A leak comes first, in both.

mod against;
mod leak;
mod line;
mod logged;
mod plateau;
mod report;
mod revision;

pub(super) use against::Against;
pub(super) use logged::LoggedReport;
pub(super) use report::Report;
