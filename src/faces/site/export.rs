//! The site as files that any host can serve: every address, and the file that stands for it.
//!
//! What a server sends and what an export writes are drawn by the same functions. A page `/playbook/loop` is the file
//! `playbook/loop/index.html`, which every host serves at that address. What needs a server has a page that does without:
//! search looks through titles and headings by a script, a moved page leads on by itself, and no page leads to its history.

use maud::{DOCTYPE, Markup, html};

use super::assets::{self, Asset};
use super::finder;
use super::front::{Found, Html, Representation, Site, View};
use super::layout::{self, Frame, search_box};
use super::{Asked, SiteError, address};
use crate::library::Image;

/// A file of a site.
#[derive(Debug, Clone)]
pub struct Exported {
    /// Its path, relative to the folder of the site; with `/` between its parts.
    pub path: String,
    /// What it has.
    pub still: Still,
}

/// What a file of a site has.
#[derive(Debug, Clone)]
pub enum Still {
    /// A text.
    Text(String),
    /// Bytes that are compiled in.
    Asset(Asset),
    /// An image, which the library reads.
    Image(Image),
}

impl Site {
    /// Gives every file of the site to `take`, one after the other: first what pages load, then pages and their twins, then
    /// images.
    ///
    /// # Errors
    /// Fails when the index can't give a text; stops with what `take` fails with.
    pub fn export<E: From<SiteError>>(&self, mut take: impl FnMut(Exported) -> Result<(), E>) -> Result<(), E> {
        for (address, asset) in assets::of_public_pages() {
            take(Exported { path: below(address), still: Still::Asset(asset) })?;
        }
        let text = |path: String, text: String| Exported { path, still: Still::Text(text) };
        take(text("index.html".to_owned(), self.home()?.into_string()))?;
        take(text("404.html".to_owned(), self.missing("").into_string()))?;
        take(text("search/index.html".to_owned(), self.view(search_copy).into_string()))?;
        for address in self.view(addresses) {
            take(match self.page(&address, Representation::Html)? {
                Found::Page(html, _) | Found::Gone(html, _) => text(page_file(&address), html.into_string()),
                Found::File(file, _) => text(below(&address), file.text),
                Found::Redirect(to) => text(page_file(&address), moved(&to).into_string()),
                Found::Image(image) => Exported { path: below(&address), still: Still::Image(image) },
                // What a page said before is read from git when somebody asks: a copy has nobody to ask.
                Found::History(_) | Found::Comparison { .. } | Found::Missing => continue,
            })?;
        }
        Ok(())
    }
}

/// Every address that a copy of the site has, decoded: documents with their twins, folders, lists, feeds, former addresses,
/// images.
fn addresses(view: &View<'_>) -> Vec<String> {
    let edition = view.edition;
    let mut all: Vec<String> =
        ["/changes", "/tags", "/glossary", "/decisions", finder::ADDRESS, "/sitemap.xml", "/robots.txt"]
            .map(str::to_owned)
            .to_vec();
    for (at, document) in edition.documents().iter().enumerate() {
        let id = &document.record().id;
        all.extend([address::decoded(edition.address(at)), format!("/{id}.md"), format!("/{id}.json")]);
    }
    all.extend(edition.folders().map(|folder| format!("/{folder}")));
    all.extend(edition.former().paths().map(|path| format!("/{path}")));
    all.extend(edition.tags().iter().map(|(key, _)| format!("/tags/{key}")));
    let feeds = std::iter::once("changes".to_owned())
        .chain(edition.collections().iter().map(|collection| format!("in/{collection}")))
        .chain(edition.tags().iter().map(|(key, _)| format!("tagged/{key}")));
    all.extend(feeds.flat_map(|feed| [format!("/feeds/{feed}.atom"), format!("/feeds/{feed}.json")]));
    all.extend(edition.images().map(|image| format!("/{image}")));
    all.sort_unstable();
    all.dedup();
    all
}

/// A path below the folder of the site.
fn below(address: &str) -> String {
    address.trim_start_matches('/').to_owned()
}

/// The file that stands for a page.
fn page_file(address: &str) -> String {
    format!("{}/index.html", address.trim_matches('/'))
}

/// The page of an address that another one has.
fn moved(to: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { "Moved" }
                link rel="canonical" href=(to);
                meta http-equiv="refresh" content={ "0; url=" (to) };
            }
            body { p { "This page is at " a href=(to) { (to) } " now." } }
        }
    }
}

/// The search page of a copy that has no server behind it.
fn search_copy(view: &View<'_>) -> Html {
    let main = html! {
        h1 { "Search" }
        (search_box(view, "c:search", "", &Asked::default()))
        div id="c:copy" data-pages=(finder::ADDRESS) aria-live="polite" {}
        noscript { p { "This is a copy of the site without its server: searching it needs JavaScript. All pages are in the " a href="/changes" { "list of changes" } " and below the tags." } }
    };
    layout::draw(view, &Frame { title: "Search", main, own_search: true, hidden: true, ..Frame::default() })
}

#[cfg(test)]
mod tests {
    use super::{addresses, moved, page_file, search_copy};
    use crate::site::fixture::drawn;

    #[test]
    fn a_copy_has_pages_twins_folders_lists_feeds_and_former_addresses() {
        let files = [
            ("playbook/deep/loop.md", "---\ntags: [a b]\naliases: /old/loop.html\n---\n# Loop\n"),
            ("playbook/x y.md", "# X\n"),
        ];
        let all = drawn(&files, addresses);
        for wanted in [
            "/playbook/deep/loop",
            "/playbook/deep/loop.md",
            "/playbook/deep/loop.json",
            "/playbook/x y",
            "/playbook",
            "/playbook/deep",
            "/old/loop",
            "/tags/a-b",
            "/feeds/changes.atom",
            "/feeds/in/playbook.json",
            "/feeds/tagged/a-b.atom",
            "/search-index.js",
        ] {
            assert!(all.iter().any(|address| address == wanted), "{wanted}: {all:?}");
        }
        assert_eq!(page_file("/playbook/deep/loop"), "playbook/deep/loop/index.html");
    }

    #[test]
    fn a_moved_page_leads_on_without_a_script_and_cannot_be_broken_out_of() {
        let html = moved("/playbook/a\"><script>").into_string();
        assert!(html.contains("0; url=/playbook/a&quot;&gt;&lt;script&gt;"), "{html}");
        assert!(!html.contains("<script>"), "{html}");
    }

    #[test]
    fn the_search_page_of_a_copy_says_what_it_needs() {
        let html = drawn(&[("playbook/a.md", "# A")], |view| search_copy(view).into_string());
        assert!(html.contains("data-pages=\"/search-index.js\"") && html.contains("needs JavaScript"), "{html}");
    }
}
