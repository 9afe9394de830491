//! Speaks HTTP: one door, two routers over the same handlers, a third for people's browsers, and the sockets they are
//! served on. The list of all routes is [`ROUTES`].
//!
//! The door looks at every request once: its size, its host and origin, its credential, its rate. Without a credential a request
//! goes to the public router, whose state is a [`PublicLibrary`](crate::library::PublicLibrary) and nothing else; with
//! a good one to the private router, with a reader of what its principal was granted; with a bad one nowhere. Handlers
//! parse the wire, call one verb of that reader, and print. Nobody filters after the fact.

mod accept;
mod answer;
mod app;
mod body;
mod chores;
mod conditional;
mod console;
mod credential;
mod documents;
mod door;
mod drawn;
mod error;
mod events;
mod feedback_form;
mod gate;
mod headers;
mod health;
mod lent;
mod limits;
mod llms;
mod mcp;
mod metrics;
mod once;
mod pages;
mod peer;
mod places;
mod preview;
mod problem;
mod question;
mod rates;
mod reference;
mod reports;
mod routes;
mod search;
mod serve;
mod session;
#[cfg(unix)]
mod socket;
mod stall;
mod stream;
mod trace;
mod written;

#[cfg(test)]
mod tests;

pub use app::{App, Options};
pub use chores::tend;
pub use door::router;
pub use error::HttpError;
pub use gate::{GateError, Origin};
pub use limits::Limits;
pub use preview::Preview;
pub use routes::{ROUTES, Route, Row};
pub use serve::{Running, Shutdown, serve};
#[cfg(unix)]
pub(crate) use socket::{HELLO_HTTP, HELLO_LEDGER, HELLO_MCP, HELLO_YIELD, serve_agent, serve_socket};
