//! A house for tests: a folder with three collections, a library on it, and people who ask; and the binary itself.

mod git;
mod house;
mod person;
mod process;

pub(crate) use house::{Setting, TestHouse, set_modified};
pub(crate) use person::Person;
pub(crate) use process::{Repository, Served};
