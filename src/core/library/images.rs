//! The images that public pages show: which they are, and their bytes.
//!
//! An image is public if and only if it stands in a public collection and a public page shows it. Which ones a page may
//! show is read from the links of one generation, so that an image goes with its pages: a path that a stranger sends is
//! looked up among those, and what is opened is the path that a page wrote. The bytes are read when they are asked for,
//! through the descent that reads documents, and are named by their digest: an image that changes on disk is served as it
//! is with the next request. Nothing is kept of them but what is being sent, which all who ask for it share.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::access::{CollectionName, Public, Visibility};
use crate::corpus::{
    Destination, Digest, Document, DocumentId, IMAGE_LIMIT_BYTES, ImageType, LinkKind, Source, SourcePath,
};

use super::{Graph, ReadError};

/// How much memory images may take while they are sent, in KiB.
const ROOM_KIB: u32 = 64 * 1_024;

/// What the largest image takes, in KiB.
const IMAGE_KIB: u32 = 10 * 1_024;

const _: () = assert!(IMAGE_KIB as u64 * 1_024 == IMAGE_LIMIT_BYTES, "the largest image has room");

/// An image that a public page names. Only [`Images`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    collection: CollectionName,
    path: SourcePath,
}

/// The images that the documents of one generation of the public shelf name, by `collection/path`.
#[derive(Debug, Default)]
pub struct Images(BTreeMap<String, (Image, Vec<DocumentId>)>);

/// An image's bytes. A clone costs one reference count.
#[derive(Debug, Clone)]
pub struct Picture {
    /// What they are.
    pub kind: ImageType,
    /// Their digest.
    pub sha256: Digest,
    held: Arc<Held>,
}

/// Bytes with the room they take.
#[derive(Debug)]
struct Held {
    bytes: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

/// Reads the images of public collections.
#[derive(Debug)]
pub(super) struct Gallery {
    /// The public collections, and no other.
    sources: Vec<Source>,
    room: Arc<Semaphore>,
    sent: Mutex<HashMap<Digest, Weak<Held>>>,
}

impl Images {
    /// Takes up what documents show of the collections that `is_public` knows.
    pub fn of(documents: &[Document<Public>], graph: &Graph, is_public: impl Fn(&str) -> bool) -> Self {
        let mut images = Self::default();
        for record in documents.iter().map(Document::record) {
            for link in record.links.iter().filter(|link| matches!(link.kind, LinkKind::Image | LinkKind::Embed)) {
                let Destination::Asset { collection, path } = graph.resolve(record, link) else { continue };
                if !is_public(&collection) || !ImageType::is_name(path.as_str()) {
                    continue;
                }
                let Ok(name) = CollectionName::parse(&collection) else { continue };
                let (_, pages) = images
                    .0
                    .entry(format!("{collection}/{path}"))
                    .or_insert_with(|| (Image { collection: name, path }, Vec::new()));
                if pages.last() != Some(&record.id) {
                    pages.push(record.id.clone());
                }
            }
        }
        images
    }

    /// The keys of all images.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Finds an image by its key, with the pages that name it.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<(&Image, &[DocumentId])> {
        self.0.get(key).map(|(image, pages)| (image, pages.as_slice()))
    }
}

impl AsRef<[u8]> for Picture {
    fn as_ref(&self) -> &[u8] {
        &self.held.bytes
    }
}

impl Gallery {
    pub(super) fn new(sources: Vec<Source>) -> Self {
        let public = sources.into_iter().filter(|source| source.visibility == Visibility::Public);
        let room = Arc::new(Semaphore::new(ROOM_KIB as usize));
        Self { sources: public.collect(), room, sent: Mutex::default() }
    }

    /// Whether a collection is public.
    pub(super) fn shows(&self, collection: &str) -> bool {
        self.sources.iter().any(|source| source.collection.as_str() == collection)
    }

    /// Waits until there is room for an image of any size.
    pub(super) async fn room(&self) -> Result<OwnedSemaphorePermit, ReadError> {
        let room = Arc::clone(&self.room).acquire_many_owned(IMAGE_KIB).await;
        room.map_err(|_| ReadError::Busy { retry_after_s: 1 })
    }

    /// Reads an image; `None` when there is none, or something that is not one. Blocks.
    pub(super) fn read(&self, image: &Image, mut room: OwnedSemaphorePermit) -> Option<Picture> {
        let source = self.sources.iter().find(|source| source.collection == image.collection)?;
        let (kind, bytes) = match source.read_image(&image.path) {
            Ok(read) => read,
            Err(skipped) => {
                tracing::debug!(image.reason = %skipped.reason, "image that a public page shows is not served");
                return None;
            }
        };
        let sha256 = Digest::of(&bytes);
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(held) = sent.get(&sha256).and_then(Weak::upgrade) {
            return Some(Picture { kind, sha256, held });
        }
        // The rest of the room goes back when this returns.
        let held = Arc::new(Held { _room: room.split(bytes.len().div_ceil(1_024))?, bytes });
        sent.retain(|_, held| held.strong_count() > 0);
        sent.insert(sha256, Arc::downgrade(&held));
        Some(Picture { kind, sha256, held })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1A\n and so on";

    #[tokio::test]
    async fn what_is_sent_is_held_once_and_nothing_is_held_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let name = |name: &str| CollectionName::parse(name).unwrap();
        for collection in ["open", "shut"] {
            std::fs::create_dir(root.join(collection)).unwrap();
            std::fs::write(root.join(collection).join("a.png"), PNG).unwrap();
        }
        let sources = vec![
            Source::new(name("open"), root.join("open"), Visibility::Public),
            Source::new(name("shut"), root.join("shut"), Visibility::Private),
        ];
        let gallery = Gallery::new(sources);
        let image = |collection: &str| Image { collection: name(collection), path: SourcePath::new("a.png") };
        let (one, other) = (gallery.room().await.unwrap(), gallery.room().await.unwrap());
        let one = gallery.read(&image("open"), one).unwrap();
        let other = gallery.read(&image("open"), other).unwrap();
        assert!(Arc::ptr_eq(&one.held, &other.held) && one.as_ref() == PNG);
        assert_eq!(gallery.room.available_permits(), ROOM_KIB as usize - 1, "a small image takes a small room");
        let room = gallery.room().await.unwrap();
        assert!(gallery.read(&image("shut"), room).is_none(), "there is no way into a private folder");

        let first = one.sha256;
        drop((one, other));
        assert_eq!(gallery.room.available_permits(), ROOM_KIB as usize);
        std::fs::write(root.join("open/a.png"), [PNG, b"other"].concat()).unwrap();
        let room = gallery.room().await.unwrap();
        let changed = gallery.read(&image("open"), room).unwrap();
        assert_ne!(changed.sha256, first);
        assert_eq!(gallery.sent.lock().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn images_of_all_sizes_have_a_bounded_room() {
        let gallery = Gallery::new(Vec::new());
        let mut rooms = Vec::new();
        for _ in 0..ROOM_KIB / IMAGE_KIB {
            rooms.push(gallery.room().await.unwrap());
        }
        let mut next = Box::pin(gallery.room());
        let pending = std::future::poll_fn(|context| std::task::Poll::Ready(next.as_mut().poll(context).is_pending()));
        assert!(pending.await, "one more has to wait");
        rooms.pop();
        assert!(next.await.is_ok());
    }
}
