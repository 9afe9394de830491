//! The door, driven from the outside, over a real library.

mod api;
mod budget;
mod changes;
mod console;
mod door;
mod events;
mod house;
mod images;
mod llms;
mod malformed;
mod mcp;
mod mcp_refusals;
mod openapi;
mod pages;
mod paths;
mod preview;
mod prompts;
mod rates;
mod reports;
mod search_page;
mod session;
mod skills;
mod slow;
#[cfg(unix)]
mod socket;
mod standing;
mod surfaces;
mod tokens;
mod written;
