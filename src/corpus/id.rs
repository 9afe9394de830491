//! Names of things: a document's id, a file's path in its collection, a digest of bytes.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use crate::access::CollectionName;

/// The id of a document: `collection/path/without/extension`. Its URI is `cairn://` and the id.
///
/// A clone costs one reference count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocumentId(Arc<str>);

/// A text that can't be the id of a document.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{id:?}: not a document id, write collection/path/without/extension")]
pub struct DocumentIdError {
    /// The text as it was given.
    pub id: String,
}

impl DocumentId {
    /// Makes the id of the file at `path` in `collection`.
    #[must_use]
    pub fn of(collection: &CollectionName, path: &SourcePath) -> Self {
        Self(Arc::from(format!("{collection}/{}", path.without_extension())))
    }

    /// Parses an id, with or without `cairn://` in front.
    ///
    /// # Errors
    /// Returns the text when it has no collection, no path, or a part that is empty, `.` or `..`.
    pub fn parse(text: &str) -> Result<Self, DocumentIdError> {
        let id = text.strip_prefix("cairn://").unwrap_or(text);
        let error = || DocumentIdError { id: text.chars().take(200).collect() };
        let (collection, path) = id.split_once('/').ok_or_else(error)?;
        CollectionName::parse(collection).map_err(|_| error())?;
        let whole = path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        if whole && !id.contains(['\0', '\\', '\n', '\r']) { Ok(Self(Arc::from(id))) } else { Err(error()) }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The collection's name: the part before the first `/`.
    #[must_use]
    pub fn collection(&self) -> &str {
        self.0.split_once('/').map_or("", |(collection, _)| collection)
    }

    /// The path in the collection: the part after the first `/`.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, path)| path)
    }

    /// The document's URI, `cairn://collection/path`.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("cairn://{}", self.0)
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for DocumentId {
    type Error = DocumentIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<DocumentId> for String {
    fn from(id: DocumentId) -> Self {
        id.0.as_ref().to_owned()
    }
}

/// A file's path in its collection: UTF-8, `/` between parts, with its extension.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SourcePath(Arc<str>);

impl SourcePath {
    /// Takes a relative path whose parts are joined by `/`.
    #[must_use]
    pub fn new(path: &str) -> Self {
        Self(Arc::from(path))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path without the extension of its last part.
    #[must_use]
    pub fn without_extension(&self) -> &str {
        let name_at = self.0.rfind('/').map_or(0, |at| at + 1);
        match self.0.rfind('.') {
            Some(dot) if dot > name_at => self.0.get(..dot).unwrap_or(&self.0),
            _ => &self.0,
        }
    }
}

impl fmt::Display for SourcePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A SHA-256 digest (FIPS 180-4). Shown as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of no bytes that are known of.
    pub const NONE: Self = Self([0; 32]);

    /// Digests `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
