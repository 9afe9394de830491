//! Names of commits and of file contents.

use std::fmt;

use gix_hash::ObjectId;

/// Names a commit: 40 hexadecimal digits when written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitId(pub(super) ObjectId);

/// Names the content of a file as git stores it: 40 hexadecimal digits when written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId(pub(super) ObjectId);

impl CommitId {
    /// Reads 40 hexadecimal digits, or says that the text is something else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        ObjectId::from_hex(text.as_bytes()).ok().map(Self)
    }
}

impl BlobId {
    /// The name as bytes, for what is stored.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 20] {
        self.0.as_slice().try_into().unwrap_or([0; 20])
    }

    /// Takes up a name that was stored.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 20]) -> Self {
        Self(ObjectId::from_bytes_or_panic(&bytes))
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommitId({})", self.0)
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlobId({})", self.0)
    }
}

/// Names the bytes of a file as `git hash-object` does without filters: SHA-1 over `blob LENGTH\0` and the bytes.
///
/// It is `None` for bytes that were built to collide under SHA-1: such bytes have no name that proves anything.
#[must_use]
pub fn blob_id(bytes: &[u8]) -> Option<BlobId> {
    gix_object::compute_hash(gix_hash::Kind::Sha1, gix_object::Kind::Blob, bytes).ok().map(BlobId)
}
