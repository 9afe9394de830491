//! The site is made of the public library, and draws public answers only.

use cairn::access::Private;
use cairn::ledger::Timestamp;
use cairn::library::{Answer, Library};
use cairn::site::{Asked, Html, Site, SiteOptions};

fn made(library: Library, options: SiteOptions, now: Timestamp) -> Site {
    Site::new(library, options, now)
}

fn drawn(site: &Site, answer: &Answer<Private>) -> Html {
    site.search(&Asked::from("question"), Some(answer), None)
}

fn through(site: &Site) -> usize {
    site.library().shelves().len()
}

fn main() {}
