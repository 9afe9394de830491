//! A page before it is put into the site's frame, and what every private page has.

use maud::{Markup, html};

/// A page for one person alone.
#[derive(Debug)]
pub struct Sheet {
    /// Its title.
    pub title: String,
    /// Everything between header and footer.
    pub main: Markup,
}

/// The private pages there are: address and name.
const PAGES: [(&str, &str); 4] = [
    ("/private/ledger", "Ledger"),
    ("/private/ledger/tail", "As it comes"),
    ("/private/reports", "Reports"),
    ("/private", "Who you are here"),
];

/// Puts the way to the other private pages above a page.
pub(super) fn sheet(title: &str, here: &str, main: &Markup) -> Sheet {
    let main = html! {
        div.console {
            nav.private aria-label="Private pages" {
                ul {
                    @for (address, name) in PAGES {
                        li { a href=(address) aria-current=[(address == here).then_some("page")] { (name) } }
                    }
                }
            }
            (main)
        }
    };
    Sheet { title: title.to_owned(), main }
}

/// A moment as people read it: `2026-11-29 06:33:12`, with the whole of it for machines.
pub(super) fn moment(at: crate::ledger::Timestamp) -> Markup {
    let text = at.to_string();
    let shown = text.get(..19).unwrap_or(&text).replace('T', " ");
    html! { time datetime=(text) { (shown) } }
}

/// A count with its noun.
pub(super) fn count(many: usize, noun: &str) -> String {
    if many == 1 { format!("1 {noun}") } else { format!("{many} {noun}s") }
}
