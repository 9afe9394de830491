//! The Markdown dialect, for everyone who parses Markdown here.

use pulldown_cmark::Options;

/// The dialect: CommonMark with tables, task lists, strikethrough, footnotes, alerts, wiki links, definition lists
/// and math.
///
/// Heading attributes are not among them: the parser would take `{name}` at the end of any heading for one and drop
/// it, and a placeholder is text. `{#anchor}` is read by the outline itself.
#[must_use]
pub fn dialect() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM
        | Options::ENABLE_WIKILINKS
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_MATH
}
