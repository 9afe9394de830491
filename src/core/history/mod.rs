//! Which commit made these bytes, and the corpus as it was at a revision.
//!
//! The room only reads: it opens objects and refs itself, runs no command, no hook and no filter, writes nothing, takes
//! no lock and reads neither the environment nor a person's git configuration. Of the repository's own configuration it
//! looks at two words, the object format and the ref storage, to know what it can't read. So a folder that is not a
//! repository, a machine without git, and a repository that somebody else owns are all safe to open.
//!
//! Paths are relative to the folder that was given to [`Repository::discover`], with `/` between the parts.

mod align;
mod between;
mod blame;
mod changed;
mod changes;
mod chronicle;
mod error;
mod hooks;
mod id;
mod lineage;
mod objects;
mod pack_cache;
mod paths;
mod repository;
mod revision;
mod staged;
mod trailers;
mod tree;
mod walk;

#[cfg(test)]
mod tests;

pub use between::{Between, Touch};
pub use blame::LineRequest;
pub use changes::{Change, Gap, LastChanges};
pub use chronicle::{Chronicle, ChronicleRequest, MAX_VERSIONS, Version};
pub use error::HistoryError;
pub use id::{BlobId, CommitId, blob_id};
pub use lineage::{Lineage, Origin, Stretch};
pub use repository::Repository;
pub use staged::Staged;
pub use trailers::{Trailer, trailer_values};
pub use tree::{Contents, Tree};
pub use walk::{MAX_COMMITS, Request};
