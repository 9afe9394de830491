//! Names of things: a document's id, a file's path in its collection, a digest of bytes.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use super::may_be_document;
use crate::access::CollectionName;

/// The id of a document: its collection and its path there, without `.md`. Its URI is `cairn://` and the id.
///
/// No two files have one id, and a file's id is said by its path alone: see [`DocumentId::path_of`].
///
/// A clone costs one reference count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DocumentId(Arc<str>);

/// A text that can't be the id of a document.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{id:?}: not a document id, write collection/path, without .md at its end")]
pub struct DocumentIdError {
    /// The text as it was given.
    pub id: String,
}

impl DocumentId {
    /// Makes the id of the file at `path` in `collection`.
    #[must_use]
    pub fn of(collection: &CollectionName, path: &SourcePath) -> Self {
        Self(Arc::from(format!("{collection}/{}", Self::path_of(path.as_str()))))
    }

    /// The path in the id of the document that the file at `path` is: the same without `.md`, and `x.markdown` as it is.
    ///
    /// Where something is left without `.md` that could be the whole name of another document, the path stays as it is:
    /// `x.txt.md` is not `x.txt`. So no two documents' paths have one id, whatever files there are; a path with the
    /// collection before it is a path as well.
    #[must_use]
    pub fn path_of(path: &str) -> &str {
        // Of names that end in `.md` alone, one `.md` comes off each: `x.md.md` is `x.md`, and `x.md` is `x`.
        if may_be_document(path.trim_end_matches(".md")) { path } else { path.strip_suffix(".md").unwrap_or(path) }
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
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::corpus::EXTENSIONS;

    #[test]
    fn an_id_is_the_path_without_md_and_nothing_else() {
        for (path, expected) in [
            ("a/x.md", "a/x"),
            ("a/x.markdown", "a/x.markdown"),
            ("a/x.MD", "a/x.MD"),
            ("a/x.mdx", "a/x.mdx"),
            ("a/v1.2.md", "a/v1.2"),
            ("x.md.md", "x.md"),
            ("x.md.md.md", "x.md.md"),
            ("x.markdown.md", "x.markdown.md"),
            ("x.txt.md", "x.txt.md"),
            ("x.MD.md", "x.MD.md"),
            ("x.markdown.md.md", "x.markdown.md.md"),
            ("x.md.markdown", "x.md.markdown"),
            ("a.md/x.md", "a.md/x"),
            ("x.png.md", "x.png"),
        ] {
            assert_eq!(DocumentId::path_of(path), expected, "{path}");
            let whole = format!("playbook/{path}");
            assert_eq!(DocumentId::path_of(&whole), format!("playbook/{expected}"), "{path}");
        }
    }

    /// Paths that are near each other: few stems, and all extensions in a row.
    fn path() -> impl Strategy<Value = String> {
        let cased = |extension: String, upper: bool| if upper { extension.to_uppercase() } else { extension };
        let known = (proptest::sample::select(&EXTENSIONS[..]), any::<bool>());
        let known = known.prop_map(move |(extension, upper)| cased(extension.to_owned(), upper));
        let extension = prop_oneof![6 => Just("md".to_owned()), 4 => known, 1 => Just("png".to_owned())];
        let last = proptest::sample::select(&EXTENSIONS[..]);
        let stem = proptest::sample::select(vec!["x", "a/x", "md", "x.md/x"]);
        (stem, proptest::collection::vec(extension, 0..4), last).prop_map(|(stem, extensions, last)| {
            let all = extensions.iter().map(String::as_str).chain([last]);
            all.fold(stem.to_owned(), |path, extension| path + "." + extension)
        })
    }

    proptest! {
        #[test]
        fn no_two_documents_have_one_id(paths in proptest::collection::btree_set(path(), 2..60)) {
            let ids: BTreeSet<&str> = paths.iter().map(|path| DocumentId::path_of(path)).collect();
            prop_assert_eq!(ids.len(), paths.len());
        }

        #[test]
        fn an_id_is_told_step_by_step_as_it_is_at_once(path in path()) {
            // The rule as it is said: `.md` comes off unless what is left is a document of that very id.
            fn told(path: &str) -> &str {
                match path.strip_suffix(".md") {
                    Some(left) if !may_be_document(left) || told(left) != left => left,
                    _ => path,
                }
            }
            prop_assert_eq!(DocumentId::path_of(&path), told(&path));
        }
    }
}
