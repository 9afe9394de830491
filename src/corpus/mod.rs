//! Reads Markdown and says what it is: draft, document, outline, chunk, links, and what is wrong with it.
//!
//! Bytes come in, values go out; nothing here opens a network or an index. Bad Markdown is a [`Finding`], never an error.

mod chunk;
mod document;
mod finding;
mod id;
mod link;
mod meta;
mod outline;

pub use chunk::{Chunk, Lines};
pub use document::{Document, Record};
pub use finding::{Finding, Level};
pub use id::{Digest, DocumentId, DocumentIdError, SourcePath};
pub use link::{Link, LinkKind};
pub use meta::{Meta, Status, Verified};
pub use outline::Section;
