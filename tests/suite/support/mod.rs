//! A house for tests: a folder with three collections, a library on it, and people who ask.

mod house;
mod person;

pub(crate) use house::{Setting, TestHouse, set_modified};
pub(crate) use person::Person;
