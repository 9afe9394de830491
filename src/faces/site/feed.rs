//! Feeds of what changed: of everything, of a collection and of a tag, as Atom (RFC 4287) and as JSON Feed 1.1.

use maud::{Markup, PreEscaped, html};
use serde_json::json;

use super::SiteError;
use super::address::encoded;
use super::body::first_paragraph;
use super::edition::folder_words;
use super::front::View;
use super::layout::Alternate;
use super::tags;

/// How many changes a feed holds.
const ENTRIES: usize = 50;

/// How much of a page without a description is told of it, in characters.
const SUMMARY_CHARS: usize = 300;

/// The media type of Atom.
pub(super) const ATOM: &str = "application/atom+xml";
/// The media type of JSON Feed.
pub(super) const JSON: &str = "application/feed+json";

/// What a feed is of.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Feed {
    title: String,
    /// The path of the page that shows the same.
    page: String,
    places: Vec<usize>,
}

/// Makes the feed at a path below `/feeds/`, with its media type; `None` when there is none.
pub(super) fn at(view: &View<'_>, path: &str) -> Result<Option<(&'static str, String)>, SiteError> {
    let Some((name, form)) = path.rsplit_once('.') else { return Ok(None) };
    let Some(feed) = find(view, name) else { return Ok(None) };
    Ok(match form {
        "atom" => Some((ATOM, atom(view, &feed, path)?)),
        "json" => Some((JSON, json(view, &feed, path)?)),
        _ => None,
    })
}

fn find(view: &View<'_>, name: &str) -> Option<Feed> {
    let edition = view.edition;
    let newest = edition.newest(view).iter().copied();
    let site = &view.options.name;
    if name == "changes" {
        return Some(Feed { title: site.clone(), page: "/changes".to_owned(), places: newest.take(ENTRIES).collect() });
    }
    if let Some(collection) = name.strip_prefix("in/") {
        let known = edition.collections().iter().find(|known| *known == collection)?;
        let is_in = |at: &usize| edition.document(*at).is_some_and(|one| one.record().id.collection() == known);
        let title = format!("{}: {site}", folder_words(known));
        return Some(Feed { title, page: format!("/{known}"), places: newest.filter(is_in).take(ENTRIES).collect() });
    }
    let (key, tag) = edition.tags().find(name.strip_prefix("tagged/")?)?;
    let places = newest.filter(|at| tag.places.contains(at)).take(ENTRIES).collect();
    Some(Feed { title: format!("{}: {site}", tag.name), page: tags::address(key), places })
}

/// One change, as both forms tell it.
struct Told<'a> {
    uri: String,
    url: String,
    title: &'a str,
    date: &'a str,
    author: &'a str,
    summary: String,
    tags: &'a [String],
}

fn told<'a>(view: &'a View<'_>, feed: &Feed) -> Result<Vec<Told<'a>>, SiteError> {
    let edition = view.edition;
    let mut all = Vec::with_capacity(feed.places.len());
    for &at in &feed.places {
        let (Some(document), Some(commit)) = (edition.document(at), edition.commit(view, at)) else { continue };
        let record = document.record();
        let summary = match &record.meta.description {
            Some(description) => description.clone(),
            None => first_paragraph(&(view.text)(document)?, SUMMARY_CHARS),
        };
        all.push(Told {
            uri: record.id.uri(),
            url: view.absolute(edition.address(at)),
            title: &record.title,
            date: &commit.date,
            author: &commit.author,
            summary: summary.chars().filter(|c| !c.is_control()).collect(),
            tags: &record.meta.tags,
        });
    }
    Ok(all)
}

fn atom(view: &View<'_>, feed: &Feed, path: &str) -> Result<String, SiteError> {
    let told = told(view, feed)?;
    let own = view.absolute(&format!("/feeds/{}", encoded(path)));
    let updated = told.first().map_or("1970-01-01T00:00:00Z", |newest| newest.date);
    let entry = |one: &Told<'_>| -> Markup {
        html! {
            entry {
                id { (one.uri) }
                title { (one.title) }
                (link("alternate", "text/html", &one.url))
                updated { (one.date) }
                author { name { (one.author) } }
                @if !one.summary.is_empty() { summary { (one.summary) } }
                @for tag in one.tags { category term=(tag) {} }
            }
        }
    };
    let whole = html! {
        (PreEscaped("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"))
        feed xmlns="http://www.w3.org/2005/Atom" xml:lang=(view.options.language) {
            id { (own) }
            title { (feed.title) }
            updated { (updated) }
            (link("self", ATOM, &own))
            (link("alternate", "text/html", &view.absolute(&feed.page)))
            generator { "Cairn" }
            @for one in &told { (entry(one)) }
        }
    };
    Ok(whole.into_string())
}

/// Atom's `link`, which has to be closed: in HTML an element of this name is not.
fn link(rel: &str, media: &str, address: &str) -> Markup {
    html! { link rel=(rel) type=(media) href=(address) {} }
}

fn json(view: &View<'_>, feed: &Feed, path: &str) -> Result<String, SiteError> {
    let told = told(view, feed)?;
    let item = |one: Told<'_>| {
        json!({
            "id": one.uri,
            "url": one.url,
            "title": one.title,
            // A feed whose items have no text is none.
            "content_text": if one.summary.is_empty() { one.title } else { &one.summary },
            "date_modified": one.date,
            "authors": [{"name": one.author}],
            "tags": one.tags,
        })
    };
    let whole = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "home_page_url": view.absolute(&feed.page),
        "feed_url": view.absolute(&format!("/feeds/{}", encoded(path))),
        "language": view.options.language,
        "items": told.into_iter().map(item).collect::<Vec<_>>(),
    });
    Ok(format!("{whole:#}\n"))
}

/// The feeds of everything.
pub(super) fn of_all() -> Vec<Alternate> {
    both("changes", "Changes")
}

/// The feeds of a collection.
pub(super) fn of_collection(name: &str) -> Vec<Alternate> {
    both(&format!("in/{name}"), &format!("Changes of {}", folder_words(name)))
}

/// The feeds of a tag.
pub(super) fn of_tag(key: &str, name: &str) -> Vec<Alternate> {
    both(&format!("tagged/{key}"), &format!("Changes of pages about {name}"))
}

fn both(path: &str, title: &str) -> Vec<Alternate> {
    let feed = |media, form: &str| Alternate {
        media,
        address: format!("/feeds/{}.{form}", encoded(path)),
        title: title.to_owned(),
    };
    vec![feed(ATOM, "atom"), feed(JSON, "json")]
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::site::fixture::drawn;

    const FILES: [(&str, &str); 4] = [
        ("playbook/a.md", "---\ntags: [Two words]\n---\n# A <&>\n\nFirst \u{b} words.\n"),
        ("playbook/old.md", "---\nstatus: retired\ntags: [two words]\n---\n# Old\n"),
        ("journeys/b.md", "# B\n"),
        ("playbook/secret.md", "---\nvisibility: private\ntags: [hush]\n---\n# Secret\n"),
    ];

    fn feed(path: &str) -> Option<String> {
        drawn(&FILES, |view| super::at(view, path)).unwrap().map(|(_, text)| text)
    }

    #[test]
    fn feeds_hold_what_is_listed_and_are_well_formed() {
        let all = feed("changes.atom").unwrap();
        assert_eq!(all.matches("<entry>").count(), 2, "{all}");
        assert!(
            all.contains("<title>A &lt;&amp;&gt;</title>")
                && all.contains("href=\"https://cairn.example/playbook/a\"></link>"),
            "{all}"
        );
        assert!(!all.contains('\u{b}') && !all.contains("Secret") && !all.contains("Old"), "{all}");
        for (path, titles) in [
            ("changes.json", &["A <&>", "B"][..]),
            ("in/playbook.json", &["A <&>"]),
            ("in/journeys.json", &["B"]),
            ("tagged/two-words.json", &["A <&>"]),
        ] {
            let feed: Value = serde_json::from_str(&feed(path).unwrap()).unwrap();
            let mut found: Vec<_> =
                feed["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect();
            found.sort_unstable();
            assert_eq!(found, titles, "{path}");
        }
        for path in ["in/corpus.atom", "tagged/hush.atom", "tagged/none.json", "changes.rss", "changes", "", "in/"] {
            assert_eq!(feed(path), None, "{path}");
        }
    }
}
