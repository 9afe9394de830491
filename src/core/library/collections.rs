//! Collections as they were configured, made sure of before anything is opened.

use std::path::{Component, Path, PathBuf};

use crate::corpus::{Classified, Draft, Skipped, Source, SourceFile, SourcePath};
use crate::governance::{self, Rules};

use super::{CollectionOptions, LibraryError, Options};

/// Makes sure that each collection is a folder of its own.
pub(super) fn verify(options: &Options) -> Result<(), LibraryError> {
    if options.collections.is_empty() {
        return Err(LibraryError::NoCollections { root: options.root.clone() });
    }
    let root = std::fs::canonicalize(&options.root).unwrap_or_else(|_| options.root.clone());
    let mut seen: Vec<(&CollectionOptions, PathBuf)> = Vec::new();
    for collection in &options.collections {
        let folder = folder(&collection.path)?;
        // A link comes with a checkout, unseen in a listing; a path that leads out was written by whoever set this up.
        let says_so = collection.path.components().any(|part| part == Component::ParentDir);
        if collection.path.starts_with(&options.root) && !says_so && !folder.starts_with(&root) {
            return Err(LibraryError::LeadsOut { path: collection.path.clone(), to: folder });
        }
        for (other, taken) in &seen {
            let twice = |what: &'static str, value: String| LibraryError::Twice {
                first: other.name.to_string(),
                second: collection.name.to_string(),
                what,
                value,
            };
            if other.name == collection.name {
                return Err(twice("name", collection.name.to_string()));
            }
            // One inside the other would give a file two visibilities.
            if folder.starts_with(taken) || taken.starts_with(&folder) {
                return Err(twice("folder, or one inside the other", folder.display().to_string()));
            }
        }
        seen.push((collection, folder));
    }
    Ok(())
}

/// The sources of all collections, in the order of the options.
pub(super) fn sources(options: &Options) -> Result<Vec<Source>, LibraryError> {
    let source = |collection: &CollectionOptions| {
        let mut source = Source::new(collection.name.clone(), folder(&collection.path)?, collection.visibility);
        source.language = collection.language;
        source.include.clone_from(&collection.include);
        source.exclude.clone_from(&collection.exclude);
        Ok(source)
    };
    options.collections.iter().map(source).collect()
}

/// Reads one file and says what it is. `owner` keeps it if it names nobody itself.
pub(super) fn read(
    source: &Source,
    path: &SourcePath,
    owner: Option<&str>,
    rules: &Rules,
) -> Result<Classified, Skipped> {
    Ok(classified(source, source.read(path)?, owner, rules))
}

/// Reads one file. A file that brings the parser down is left out; the others go on.
pub(super) fn read_safely(
    source: &Source,
    path: &SourcePath,
    owner: Option<&str>,
    rules: &Rules,
) -> Result<Classified, Skipped> {
    let read = std::panic::AssertUnwindSafe(|| read(source, path, owner, rules));
    std::panic::catch_unwind(read).unwrap_or_else(|_| {
        tracing::error!(file.collection = %source.collection, file.path = %path, "file cannot be parsed, it is left out");
        Err(Skipped { path: path.to_string(), reason: "cannot be parsed".to_owned(), passing: false })
    })
}

/// Says what a file is that was read, from disk or from a revision. What holds a secret is not public.
pub(super) fn classified(source: &Source, file: SourceFile, owner: Option<&str>, rules: &Rules) -> Classified {
    drafted(source, file, owner, rules).classify(source.visibility)
}

/// The same, before it is anybody's.
pub(super) fn drafted(source: &Source, file: SourceFile, owner: Option<&str>, rules: &Rules) -> Draft {
    let blob = crate::history::blob_id(&file.bytes);
    governance::draft(rules, file, source.visibility)
        .with_git_blob(blob.map(|blob| blob.to_bytes()))
        .with_language(source.language)
        .with_owner(owner)
}

fn folder(path: &Path) -> Result<PathBuf, LibraryError> {
    let fail = |source| LibraryError::File { path: path.to_owned(), what: "read as a collection's folder", source };
    let folder = std::fs::canonicalize(path).map_err(fail)?;
    if folder.is_dir() { Ok(folder) } else { Err(fail(std::io::ErrorKind::NotADirectory.into())) }
}

#[cfg(test)]
mod tests {
    use super::verify;
    use crate::access::{CollectionName, Visibility};
    use crate::library::{CollectionOptions, Options};

    fn check(collections: &[(&str, &str)]) -> String {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("a/inner")).unwrap();
        std::fs::create_dir(root.path().join("b")).unwrap();
        std::fs::write(root.path().join("file"), "").unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), root.path().join("out")).unwrap();
        std::os::unix::fs::symlink(root.path().join("b"), root.path().join("in")).unwrap();
        let collections = collections.iter().map(|(name, path)| CollectionOptions {
            name: CollectionName::parse(name).unwrap(),
            path: root.path().join(path),
            visibility: Visibility::Public,
            language: None,
            include: Vec::new(),
            exclude: Vec::new(),
        });
        let options = Options::new(root.path().to_owned(), root.path().join("data"), collections.collect());
        let text = verify(&options).map_or_else(|error| error.to_string(), |()| "fine".to_owned());
        text.replace(&std::fs::canonicalize(root.path()).unwrap().display().to_string(), "ROOT")
            .replace(&root.path().display().to_string(), "ROOT")
    }

    #[test]
    fn each_collection_is_a_folder_of_its_own() {
        assert_eq!(check(&[("a", "a"), ("b", "b")]), "fine");
        assert!(check(&[]).contains("--public DIR"));
        assert!(check(&[("a", "a"), ("a", "b")]).contains("same name (a)"));
        assert!(check(&[("a", "a"), ("b", "a")]).contains("ROOT/a"));
        assert!(check(&[("a", "a"), ("b", "a/inner")]).contains("one inside the other"));
        assert_eq!(check(&[("a", "a"), ("b", "in")]), "fine");
        assert_eq!(check(&[("a", "a/../b")]), "fine");
        assert!(check(&[("a", "out")]).contains("ROOT/out: a symlink leads out of the root"));
        assert!(check(&[("a", "missing")]).contains("ROOT/missing: cannot be read"));
        assert!(check(&[("a", "file")]).contains("ROOT/file: cannot be read"));
    }
}
