//! The door, driven from the outside, over a real library.

mod api;
mod door;
mod house;
mod mcp;
#[cfg(unix)]
mod socket;
