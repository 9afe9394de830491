//! The door, driven from the outside.
