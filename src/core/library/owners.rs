//! Who keeps a file that names nobody: the repository's CODEOWNERS file, read beside the collections.
//!
//! The file is looked for where GitHub and GitLab look, in their order, and the first one that is there counts. Paths are
//! those from the top of the repository, or from the root where there is no repository. A file that can't be read names
//! nobody. It is part of no shelf: what it says of a document is on the shelf of that document, and nowhere else.

use std::path::{Path, PathBuf};

use crate::corpus::{Codeowners, Source, SourcePath};
use crate::history::Repository;

/// Where a repository may keep the file.
const PLACES: [&str; 4] = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"];

/// The longest file that is read: GitHub's own bound.
const FILE_LIMIT_BYTES: u64 = 3 << 20;

/// The owners that the repository names, for the files of each collection.
#[derive(Debug, Clone, Default)]
pub(super) struct Owners {
    top: PathBuf,
    text: String,
    rules: Codeowners,
    /// The folder of each source from the top of the repository; none for a collection that lies elsewhere.
    folders: Vec<Option<String>>,
}

impl Owners {
    /// Reads the file for the collections of `root`.
    pub(super) fn read(root: &Path, sources: &[Source]) -> Self {
        let repository = Repository::discover(root).ok().flatten();
        let top = repository.map_or_else(|| root.to_owned(), |repository| repository.work_dir().to_owned());
        let top = std::fs::canonicalize(&top).unwrap_or(top);
        let folder = |source: &Source| {
            let folder = source.root.strip_prefix(&top).ok()?.to_str()?;
            Some(if folder.is_empty() { String::new() } else { format!("{folder}/") })
        };
        let folders = sources.iter().map(folder).collect();
        let text = text_in(&top);
        Self { rules: Codeowners::parse(&text), top, text, folders }
    }

    /// Reads the file again; `None` when it says what it said.
    pub(super) fn changed(&self) -> Option<Self> {
        let text = text_in(&self.top);
        let (top, folders) = (self.top.clone(), self.folders.clone());
        (text != self.text).then(|| Self { rules: Codeowners::parse(&text), top, text, folders })
    }

    /// Who keeps a file of the source at this place.
    pub(super) fn of(&self, source: usize, path: &SourcePath) -> Option<&str> {
        if self.text.is_empty() {
            return None;
        }
        let folder = self.folders.get(source)?.as_deref()?;
        self.rules.owner_of(&format!("{folder}{path}"))
    }
}

fn text_in(top: &Path) -> String {
    let read = |place: &&str| {
        let path = top.join(place);
        let file = std::fs::metadata(&path).ok().filter(|file| file.is_file() && file.len() <= FILE_LIMIT_BYTES)?;
        (file.len() > 0).then(|| std::fs::read(&path).ok())?
    };
    let bytes = PLACES.iter().find_map(read).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
