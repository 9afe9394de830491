//! Which folders are collections: those that flags name, those of `[[collection]]` in `cairn.toml`, or the default ones.
//!
//! The default folders count where the file names none, and only those of which no flag has said anything. Also says
//! whether a `cairn.toml` of an earlier commit made a file public.

use std::path::{Component, Path, PathBuf};

use serde::Deserialize;

use crate::access::{CollectionName, Visibility};
use crate::corpus::{Language, Source, may_be_document};
use crate::library::CollectionOptions;

use super::error::CliError;
use super::flags::Place;

/// The folders that are collections when nobody says otherwise.
const DEFAULT_COLLECTIONS: [(&str, Visibility); 3] =
    [("corpus", Visibility::Private), ("playbook", Visibility::Public), ("journeys", Visibility::Public)];

/// A `[[collection]]` of `cairn.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileCollection {
    name: String,
    path: PathBuf,
    #[serde(default)]
    visibility: Visibility,
    /// What its documents are written in, when they don't say.
    language: Option<String>,
    #[serde(default)]
    include: Vec<String>,
    #[serde(default)]
    exclude: Vec<String>,
}

/// The collections that flags, the file and the default folders make. `said`: those of the file; `on_disk`: whether a
/// default folder counts only when it is there.
pub(super) fn collections(
    root: &Path,
    place: &Place,
    said: &[FileCollection],
    on_disk: bool,
) -> Result<Vec<CollectionOptions>, CliError> {
    let mut all = Vec::new();
    for (folders, visibility) in [(&place.public, Visibility::Public), (&place.private, Visibility::Private)] {
        for folder in folders {
            all.push(flagged(root, folder, visibility)?);
        }
    }
    for collection in said {
        let name = CollectionName::parse(&collection.name)
            .map_err(|source| CliError::CollectionName { source, path: collection.path.clone() })?;
        all.push(CollectionOptions {
            name,
            path: root.join(&collection.path),
            visibility: collection.visibility,
            language: language(collection)?,
            include: include(collection)?,
            exclude: collection.exclude.clone(),
        });
    }
    if said.is_empty() {
        for (name, visibility) in DEFAULT_COLLECTIONS {
            let path = root.join(name);
            // A flag that names a default folder, one inside it or one around it, has said what is wanted there.
            let taken = all
                .iter()
                .any(|other: &CollectionOptions| other.path.starts_with(&path) || path.starts_with(&other.path));
            if (!on_disk || path.is_dir()) && !taken {
                all.push(simple(parse_name(name, &path)?, path, visibility));
            }
        }
    }
    Ok(all)
}

/// A glob that ends in a plain extension of no document would never match: whoever wrote it waits for files in vain.
fn include(collection: &FileCollection) -> Result<Vec<String>, CliError> {
    let plain = |glob: &&String| {
        let extension = glob.rsplit_once('.').map_or("", |(_, extension)| extension);
        !extension.is_empty() && extension.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    match collection.include.iter().filter(plain).find(|glob| !may_be_document(glob)) {
        Some(glob) => Err(CliError::Include { collection: collection.name.clone(), glob: glob.clone() }),
        None => Ok(collection.include.clone()),
    }
}

fn language(collection: &FileCollection) -> Result<Option<Language>, CliError> {
    let parsed = collection.language.as_deref().map(Language::parse).transpose();
    parsed.map_err(|source| CliError::Language { source, collection: collection.name.clone() })
}

/// The folders that flags name, each with its flag.
pub(super) fn flagged_folders(root: &Path, place: &Place) -> Vec<(&'static str, PathBuf)> {
    let public = place.public.iter().map(|folder| ("--public", root.join(folder)));
    public.chain(place.private.iter().map(|folder| ("--private", root.join(folder)))).collect()
}

fn flagged(root: &Path, folder: &Path, visibility: Visibility) -> Result<CollectionOptions, CliError> {
    // A folder of the root is meant, wherever the caller stands: one elsewhere has to be named from the top.
    let path = root.join(folder);
    let path = std::fs::canonicalize(&path).map_err(|source| CliError::Folder { path, source })?;
    let name = slug(&folder_name(&path));
    Ok(simple(parse_name(&name, &path)?, path, visibility))
}

fn simple(name: CollectionName, path: PathBuf, visibility: Visibility) -> CollectionOptions {
    CollectionOptions { name, path, visibility, language: None, include: Vec::new(), exclude: Vec::new() }
}

fn parse_name(name: &str, path: &Path) -> Result<CollectionName, CliError> {
    CollectionName::parse(name).map_err(|source| CliError::CollectionName { source, path: path.to_owned() })
}

/// What a folder is called.
pub(super) fn folder_name(path: &Path) -> String {
    path.file_name().map_or_else(|| "cairn".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Makes a collection's name of a folder's: lower case, `-` for what a name can't have.
fn slug(name: &str) -> String {
    let slug: String =
        name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect();
    slug.trim_matches('-').to_owned()
}

/// Whether a file was public by a `cairn.toml` of then, or by the default folders where it names none. Of a folder that is
/// none of these and in no file nothing was said: then today's word holds. What can't be read made nothing public.
pub(super) fn was_public(text: Option<&[u8]>, path: &str) -> bool {
    let text = String::from_utf8_lossy(text.unwrap_or_default());
    // Other keys may have come and gone since.
    let Ok(mut table) = text.parse::<toml::Table>() else { return false };
    let Some(said) = table.remove("collection") else {
        let top = path.split('/').next().unwrap_or_default();
        let default = DEFAULT_COLLECTIONS.iter().find(|(name, _)| *name == top);
        return default.is_none_or(|(_, visibility)| *visibility == Visibility::Public);
    };
    let Ok(said) = said.try_into::<Vec<FileCollection>>() else { return false };
    said.into_iter().any(|collection| {
        let inside = Path::new(path).strip_prefix(normal(&collection.path));
        let (Ok(inside), Ok(name)) = (inside, CollectionName::parse(&collection.name)) else { return false };
        let mut source = Source::new(name, PathBuf::from("/"), collection.visibility);
        (source.include, source.exclude) = (collection.include, collection.exclude);
        let listed = inside.to_str().is_some_and(|inside| !source.select(std::iter::once(inside)).is_empty());
        listed && collection.visibility == Visibility::Public
    })
}

/// A path without what says nothing: `./docs/` is `docs`.
fn normal(path: &Path) -> PathBuf {
    path.components().filter(|part| !matches!(part, Component::CurDir)).collect()
}

#[cfg(test)]
mod tests {
    use super::was_public;

    #[test]
    fn a_configuration_of_then_says_what_was_public() {
        let said = |text: &str, path: &str| was_public(Some(text.as_bytes()), path);
        let docs = |visibility: &str| {
            format!(
                "gone = 1\n[[collection]]\nname = \"docs\"\npath = \"./docs/\"\nvisibility = \"{visibility}\"\nexclude = [\"drafts/**\"]\n"
            )
        };
        assert!(said(&docs("public"), "docs/a.md"));
        for path in ["docs/drafts/a.md", "docs2/a.md", "playbook/a.md"] {
            assert!(!said(&docs("public"), path), "{path}");
        }
        assert!(
            !said(&docs("private"), "docs/a.md") && !said("collection = 1", "docs/a.md") && !said("[[", "docs/a.md")
        );
        let silent = [("playbook/a.md", true), ("corpus/a.md", false), ("docs/a.md", true)];
        for (path, public) in silent {
            assert_eq!(was_public(None, path), public, "{path}: the default folders");
            assert_eq!(said("name = \"x\"", path), public, "{path}");
        }
    }
}
