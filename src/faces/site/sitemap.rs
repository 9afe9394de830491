//! What crawlers ask for first: `sitemap.xml` and `robots.txt`.

use maud::{PreEscaped, html};

use super::front::View;

/// How many addresses one file may hold (sitemaps.org).
const MOST: usize = 50_000;

/// Every page that is listed, with the day of its last change.
pub(super) fn sitemap(view: &View<'_>) -> String {
    let edition = view.edition;
    let mut own = vec!["/", "/changes", "/tags"];
    own.extend(edition.has_kind("term").then_some("/glossary"));
    own.extend(edition.has_kind("decision").then_some("/decisions"));
    let room = MOST - own.len();
    let whole = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"))
        urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" {
            @for path in own { url { loc { (view.absolute(path)) } } }
            @for (at, _) in edition.listed().take(room) {
                url {
                    loc { (view.absolute(edition.address(at))) }
                    @if let Some(commit) = edition.commit(view, at) { lastmod { (commit.date.get(..10).unwrap_or(&commit.date)) } }
                }
            }
        }
    };
    whole.into_string()
}

/// Where crawlers may go: not into searches, comparisons and what is shown to one person alone.
pub(super) fn robots(view: &View<'_>) -> String {
    let sitemap = view.absolute("/sitemap.xml");
    format!(
        "User-agent: *\nDisallow: /api/\nDisallow: /compare/\nDisallow: /history/\nDisallow: /mcp\nDisallow: /private\n\
         Disallow: /search\nDisallow: /session\n\nSitemap: {sitemap}\n"
    )
}
