//! The list that the search box looks through while one types: titles and headings of every listed page.
//!
//! It is a script that sets one value, so that a copy of the site needs no host that lets its pages fetch anything.
//! Typing asks the server nothing, so that it is no retrieval; what is asked with Enter is one. A static copy of the site
//! searches by this list alone.

use std::fmt::Write as _;

use super::edition::folder_words;
use super::front::View;

/// Its path, from the root.
pub(super) const ADDRESS: &str = "/search-index.js";

/// How large it may become. Pages beyond have no headings in it, and then are not in it.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// Headings deeper than this are not looked through.
const DEEPEST: u8 = 3;

/// Draws the list: `[[address, title, collection, description, [[anchor, heading], …]], …]`, in reading order.
pub(super) fn draw(view: &View<'_>) -> String {
    let edition = view.edition;
    let mut list = "globalThis.cairnPages=[".to_owned();
    for at in edition.in_reading_order() {
        let Some(document) = edition.document(at) else { continue };
        let record = document.record();
        let collection = folder_words(record.id.collection());
        let description = record.meta.description.as_deref().unwrap_or_default();
        let headings: Vec<[&str; 2]> = if list.len() < MOST_BYTES / 2 {
            let under = record.sections.iter().filter(|section| (2..=DEEPEST).contains(&section.level));
            under.map(|section| [section.anchor.as_str(), section.title.as_str()]).collect()
        } else {
            Vec::new()
        };
        let row = serde_json::json!([edition.address(at), record.title, collection, description, headings]);
        if list.len() > MOST_BYTES {
            break;
        }
        // Writing to a string cannot fail.
        let _written = write!(list, "{}{row}", if list.ends_with('[') { "" } else { ",\n" }).is_ok();
    }
    list.push_str("];\n");
    list
}

#[cfg(test)]
mod tests {
    use super::draw;
    use crate::site::fixture::{drawn, page};

    #[test]
    fn the_list_has_titles_and_headings_of_public_pages_in_reading_order() {
        let list = drawn(
            &[
                ("playbook/README.md", "# Playbook\n\n[b](b.md)"),
                ("playbook/a.md", "# The \"a\" page\n\n## One `</script>`\n\n#### Deep\n"),
                ("playbook/b.md", "---\ndescription: What b is.\n---\n# B\n"),
                ("playbook/gone.md", "---\nstatus: retired\n---\n# Gone\n"),
            ],
            draw,
        );
        let rows = list.strip_prefix("globalThis.cairnPages=").unwrap().trim_end().strip_suffix(';').unwrap();
        let rows: serde_json::Value = serde_json::from_str(rows).unwrap();
        let expected = serde_json::json!([
            ["/playbook", "Playbook", "Playbook", "", []],
            ["/playbook/b", "B", "Playbook", "What b is.", []],
            ["/playbook/a", "The \"a\" page", "Playbook", "", [["one-script", "One </script>"]]],
        ]);
        assert_eq!(rows, expected);
    }

    #[test]
    fn every_page_loads_the_script_after_its_text_and_says_where_the_list_is() {
        let html = page(&[("playbook/a.md", "# A")], "/playbook/a");
        assert!(html.contains(r#"data-pages="/search-index.js""#), "{html}");
        assert!(html.contains("<script src=\"/assets/finder."), "{html}");
    }
}
