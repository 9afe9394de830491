//! Why a page can't be drawn.

use crate::corpus::DocumentId;

/// Why a page can't be drawn. What is missing is not an error, see [`Found::Missing`](super::Found::Missing).
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// The index has the document and can't give its text.
    #[error("{id}: text cannot be read")]
    Text {
        /// The document.
        id: DocumentId,
        /// The cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
