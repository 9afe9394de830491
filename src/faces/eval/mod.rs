//! Weighs search quality: judged questions → measures, before and after, and a gate for both.
//!
//! Everything is asked of a corpus that was set aside ([`crate::library::Aside`]), with the code that answers readers:
//! what is measured is what would be served. Documents of type `evalset` hold the questions and are on no shelf here.

mod against;
mod beir;
mod doubt;
mod error;
mod found;
mod gate;
mod leak;
mod logged;
mod measure;
mod plateau;
mod read;
mod scores;
mod set;

pub use against::{Causes, Move, TOP, causes, differing, moves, top};
pub use beir::{Beir, Rows};
pub use doubt::{Doubt, doubts};
pub use error::EvalError;
pub use found::{Found, Names};
pub use gate::{Bound, BoundError, Ruling};
pub use leak::{Leak, leaks};
pub use logged::{Log, Logged, Shift};
pub use measure::{Judgements, Kind, Measure, MeasureError, RANK_MAX, mean};
pub use plateau::{Plateau, Rated, Setting, grid};
pub use read::{read_document, read_file};
pub use scores::{Asked, Bench, Scores, mean_of};
pub use set::{Asker, Forbidden, Place, Question, Set};

/// The kind of document that holds judged questions.
pub const EVALSET: &str = "evalset";
