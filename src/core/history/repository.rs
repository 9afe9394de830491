//! Finds the repository that contains a folder, and says where its branch stands.
//!
//! A `Repository` is a handful of paths: nothing is open or cached, so it may live as long as the process, and be used
//! from any thread while git changes what is on disk.

use std::path::{Path, PathBuf};

use gix_discover::repository::Path as Found;
use gix_discover::upwards::{Error as Search, Options};
use gix_ref::Target;
use gix_ref::file::Store;

use super::objects::Objects;
use super::{CommitId, HistoryError};

/// How many symbolic refs are followed before it is called a circle.
const MAX_REF_DEPTH: usize = 5;
/// The most that is read of a repository's configuration.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// The repository that contains a folder: a checkout, a linked worktree or a submodule; bare ones contain no folder.
///
/// Commits are taken as they were written: replacement refs and grafts are not applied, a shallow clone ends where its
/// clone ended.
#[derive(Debug, Clone)]
pub struct Repository {
    /// The folder that was checked out.
    work_dir: PathBuf,
    /// What belongs to this checkout alone: `HEAD`.
    git_dir: PathBuf,
    /// What all checkouts share: objects and branches. The same as `git_dir` except in a linked worktree.
    common_dir: PathBuf,
    /// The folder that was asked for, relative to `work_dir`; empty for the top.
    prefix: String,
}

impl Repository {
    /// Finds the repository whose checkout contains `root`, in `root` itself or in a folder above it on the same file
    /// system. `None` means that there is none, or that `root` lies in a git folder itself.
    ///
    /// # Errors
    /// Fails when `root` can't be read, when there is a `.git` that is no repository, and when the repository uses an
    /// object format (SHA-256) or a ref storage (reftable) that is not supported.
    pub fn discover(root: &Path) -> Result<Option<Self>, HistoryError> {
        let broken = |path: &Path, source: Box<dyn std::error::Error + Send + Sync>| HistoryError::Broken {
            path: path.to_owned(),
            source,
        };
        // The real path, so that a corpus reached through a link is found in the repository where it lies.
        let root = root.canonicalize().map_err(|e| broken(root, e.into()))?;
        let options = Options { dot_git_only: true, ..Default::default() };
        let found = match gix_discover::upwards_opts(&root, options) {
            Ok((found, _trust)) => found,
            Err(error) => {
                let missing = matches!(
                    error.downcast_any_ref::<Search>(),
                    Some(Search::NoGitRepository { .. } | Search::NoGitRepositoryWithinFs { .. })
                );
                // The search passes over what only looks like a repository; a person would want to know.
                let remains = root.ancestors().map(|folder| folder.join(".git")).find(|p| p.symlink_metadata().is_ok());
                return match remains {
                    None if missing => Ok(None),
                    remains => Err(broken(remains.as_deref().unwrap_or(&root), error.into())),
                };
            }
        };
        let (git_dir, work_dir) = match found {
            Found::LinkedWorkTree { work_dir, git_dir } => (git_dir, work_dir),
            Found::WorkTree(work_dir) => (work_dir.join(".git"), work_dir),
            Found::Repository(_) => return Ok(None),
        };
        let work_dir = work_dir.canonicalize().map_err(|e| broken(&work_dir, e.into()))?;
        let git_dir = git_dir.canonicalize().map_err(|e| broken(&git_dir, e.into()))?;
        if root.starts_with(&git_dir) {
            return Ok(None);
        }
        let Some(prefix) = root.strip_prefix(&work_dir).ok().and_then(slashed) else { return Ok(None) };
        let common_dir = match gix_discover::path::from_plain_file_relative_to_file(&git_dir.join("commondir")) {
            None => git_dir.clone(),
            Some(path) => path.and_then(|p| p.canonicalize()).map_err(|e| broken(&git_dir, e.into()))?,
        };
        let repository = Self { work_dir, git_dir, common_dir, prefix };
        repository.refuse_unsupported()?;
        Ok(Some(repository))
    }

    /// The folder that was checked out: the top of the repository.
    #[must_use]
    pub fn work_dir(&self) -> &Path {
        &self.work_dir
    }

    /// The folder that was asked for, relative to [`work_dir`](Self::work_dir); empty for the top.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The commit that is checked out; `None` on a branch that has no commit yet. Reads one or two small files.
    ///
    /// # Errors
    /// Fails when a ref is damaged.
    pub fn head(&self) -> Result<Option<CommitId>, HistoryError> {
        let refs = self.refs();
        let mut name = String::from("HEAD");
        for _ in 0..MAX_REF_DEPTH {
            let found =
                refs.try_find(name.as_str()).map_err(|e| HistoryError::Ref { name: name.clone(), source: e.into() })?;
            match found.map(|reference| reference.target) {
                None => return Ok(None),
                Some(Target::Object(id)) => return Ok(Some(CommitId(id))),
                Some(Target::Symbolic(next)) => name = next.as_bstr().to_string(),
            }
        }
        Err(HistoryError::Ref { name, source: "symbolic refs go in a circle".into() })
    }

    /// Whether the checkout stands at another commit than `last`: cheap enough to be asked every second.
    ///
    /// # Errors
    /// Fails when a ref is damaged.
    pub fn head_changed_since(&self, last: Option<CommitId>) -> Result<bool, HistoryError> {
        Ok(self.head()? != last)
    }

    /// What belongs to this checkout alone.
    pub(super) fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    /// What all checkouts share.
    pub(super) fn common_dir(&self) -> &Path {
        &self.common_dir
    }

    pub(super) fn refs(&self) -> Store {
        if self.git_dir == self.common_dir {
            Store::at(self.git_dir.clone(), gix_hash::Kind::Sha1)
        } else {
            Store::for_linked_worktree(self.git_dir.clone(), self.common_dir.clone(), gix_hash::Kind::Sha1)
        }
    }

    pub(super) fn objects(&self) -> Result<Objects, HistoryError> {
        Objects::open(&self.common_dir)
    }

    /// The commits of a shallow clone whose parents were left out; none in a full clone.
    pub(super) fn shallow(&self) -> Vec<gix_hash::ObjectId> {
        let text = std::fs::read_to_string(self.common_dir.join("shallow")).unwrap_or_default();
        text.lines().filter_map(|line| gix_hash::ObjectId::from_hex(line.trim().as_bytes()).ok()).collect()
    }

    /// Git names what a reader must know in `[extensions]`; these two change the formats read here.
    fn refuse_unsupported(&self) -> Result<(), HistoryError> {
        use std::io::Read as _;
        let path = self.common_dir.join("config");
        let mut text = Vec::new();
        match std::fs::File::open(&path) {
            Ok(file) => {
                file.take(MAX_CONFIG_BYTES)
                    .read_to_end(&mut text)
                    .map_err(|e| HistoryError::Broken { path, source: e.into() })?;
            }
            // A repository without a configuration has the oldest format.
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(HistoryError::Broken { path, source: e.into() }),
        }
        match unsupported_format(&String::from_utf8_lossy(&text)) {
            None => Ok(()),
            Some(what) => Err(HistoryError::Unsupported { path: self.common_dir.clone(), what }),
        }
    }
}

/// What in a repository's configuration says that its objects or refs are of another format.
pub(super) fn unsupported_format(config: &str) -> Option<String> {
    let mut in_extensions = false;
    for line in config.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            in_extensions =
                section.split(']').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("extensions"));
        } else if in_extensions && let Some((key, value)) = line.split_once('=') {
            let value =
                value.split(['#', ';']).next().unwrap_or_default().trim().trim_matches('"').to_ascii_lowercase();
            match key.trim().to_ascii_lowercase().as_str() {
                "objectformat" if value != "sha1" => return Some(format!("object format {value}")),
                "refstorage" if value != "files" => return Some(format!("ref storage {value}")),
                _ => {}
            }
        }
    }
    None
}

/// A relative path with `/` between its parts, as git writes it; `None` when a part is not UTF-8.
fn slashed(path: &Path) -> Option<String> {
    let parts: Option<Vec<&str>> = path.components().map(|part| part.as_os_str().to_str()).collect();
    Some(parts?.join("/"))
}
