//! The door, driven from the outside, over a real library.

mod api;
mod budget;
mod door;
mod house;
mod images;
mod mcp;
mod rates;
mod session;
mod slow;
mod paths;
#[cfg(unix)]
mod socket;
mod surfaces;
mod tokens;
