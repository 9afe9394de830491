//! What ledger and corpus say together: what was asked and not found, what is served and past its review, who costs what.
//!
//! Figures are kept in a [`Book`], made from the ledger's lines alone and at any time made anew: it reads, and never
//! writes. No question's text is in it; texts are read when a report is made, so that one that was erased is in none.
//! What a reader of a report may not open is in none of its figures ([`View`]).

mod book;
mod distribution;
mod entry;
mod gaps;
mod health;
mod meaning;
mod names;
mod repeats;
mod report;
mod scores;
mod span;
mod stale;
mod tally;
mod unread;
mod usage;
mod view;

#[cfg(test)]
mod tests;

pub use book::{Book, ReportError};
pub use report::{Cell, Column, Point, Report, ReportKind, Row, Series, Table, UnknownReport};
pub use span::Span;
pub use view::View;
