//! What the name of a file says: whether it may be a document, what it is without its extension, and whether it is its
//! folder's own page.

/// The extensions that the file of a document may have, in any case. There are no others, so that what a document is
/// called never depends on what else is in its folder.
pub const EXTENSIONS: [&str; 10] = ["md", "markdown", "mdx", "mdown", "mkd", "mkdn", "txt", "text", "qmd", "rmd"];

/// The extensions of files that are documents when nobody says which are.
const MARKDOWN: [&str; 2] = ["md", "markdown"];

/// Names under which a folder's own page is kept, without extension.
pub(super) const FRONT_PAGES: [&str; 3] = ["readme", "index", "_index"];

/// A path without the extension of a document, if it has one: `a/x` for `a/x.mdx`, and `a/v1.2` for itself.
#[must_use]
pub fn stem(path: &str) -> &str {
    parted(path).map_or(path, |(stem, _)| stem)
}

/// Whether the file at a path may be a document, by its extension.
#[must_use]
pub fn may_be_document(path: &str) -> bool {
    parted(path).is_some()
}

/// Whether the file at a path is a document when nobody says which are.
pub(super) fn is_markdown(path: &str) -> bool {
    parted(path).is_some_and(|(_, extension)| is_among(&MARKDOWN, extension))
}

/// Whether a file's path, or a document's, is that of its folder's own page.
#[must_use]
pub fn is_front_page(path: &str) -> bool {
    let name = stem(path).rsplit('/').next().unwrap_or_default();
    is_among(&FRONT_PAGES, name)
}

/// A path and its extension, if it is one of a document's. What begins with the dot is all name.
fn parted(path: &str) -> Option<(&str, &str)> {
    let (stem, extension) = path.rsplit_once('.')?;
    let named = !stem.is_empty() && !stem.ends_with('/');
    (named && is_among(&EXTENSIONS, extension)).then_some((stem, extension))
}

fn is_among(known: &[&str], word: &str) -> bool {
    known.iter().any(|known| word.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_extension_of_a_document_is_taken_off() {
        for (path, expected) in [
            ("a/x.md", "a/x"),
            ("x.MDX", "x"),
            ("x.txt", "x"),
            ("v1.2", "v1.2"),
            ("x.png", "x.png"),
            ("x.md.md", "x.md"),
            ("a.md/x", "a.md/x"),
            (".md", ".md"),
            ("a/.md", "a/.md"),
            ("", ""),
        ] {
            assert_eq!(stem(path), expected, "{path}");
            assert_eq!(may_be_document(path), path != expected, "{path}");
        }
        assert!(is_markdown("x.MarkDown") && !is_markdown("x.mdx") && !is_markdown("md"));
    }

    #[test]
    fn a_folders_own_page_may_have_any_extension() {
        for path in ["README.markdown", "a/index.mdx", "a/_index.md", "Index", "a/ReadMe"] {
            assert!(is_front_page(path), "{path}");
        }
        for path in ["index/x.md", "reindex.md", "README.png", "index.d"] {
            assert!(!is_front_page(path), "{path}");
        }
    }
}
