//! What the embedded engine promises, held against it.

mod faults;
mod kill;
mod laws;
mod seams;
mod support;
