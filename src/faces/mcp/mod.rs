//! Speaks MCP over the library: tools that read, tools that write for who may, documents as resources, prompts and skills, on HTTP and on streams.
//!
//! A face parses what a client sends, calls one verb of a [`Reader`](crate::library::Reader), and prints the wire form
//! twice: as structured content, and as text that is complete alone. It holds no state between requests but which
//! documents a session waits for, so that both eras of the protocol (with `initialize`, and without) are served by the same
//! handler. What a caller may see is
//! decided by the reader it lends, never here.

mod arguments;
mod browse_context;
mod caller;
mod completion;
mod face;
mod get_document;
mod give_feedback;
mod instructions;
mod log_agent_change;
mod malformed;
mod no_message;
mod prompts;
mod refusal;
mod report_gap;
mod resources;
mod search_context;
mod skills;
mod standing;
mod subscriptions;
mod text;
mod tool;
mod transport;
mod visitor;

#[cfg(test)]
mod tests;

pub use arguments::{ArgumentError, arguments};
pub use caller::{PROCESS_HEADER, client_named, introduced_by, process_named, traceparent};
pub use face::{FaceOptions, McpFace};
pub use no_message::{ID_BYTES, NO_MESSAGE, NOT_JSON, NoMessage, is_id};
pub use search_context::printing;
pub use standing::{Asked, Standing};
pub use transport::{HttpService, MAX_MESSAGE_BYTES, Mount, StreamError, serve_stream, serve_stream_until};
pub use visitor::Lender;
