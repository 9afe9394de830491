//! The second door: an allow-list over all HTML that was made of a document.
//!
//! Everything that comes here was written by our own writer already; what passes is what the writer can write. A text in
//! which every byte is as the list has it passes as it is, since the sanitiser would leave it so (`strict`); any other
//! is read and written anew by the sanitiser. The nesting is bounded before: the sanitiser's parser takes seconds for
//! kilobytes of nested elements.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use super::allowed::{DISPLAY, DRAWING, FORMULA, FORMULA_ATTRIBUTES, GENERIC, TEXT, is_class, is_own_source};
use super::strict;

static FORMULAE: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(FORMULA))
        .clean_content_tags(HashSet::from(["script", "style"]))
        .generic_attributes(HashSet::from(FORMULA_ATTRIBUTES))
        .tag_attributes(HashMap::from([("math", HashSet::from([DISPLAY]))]))
        .link_rel(None);
    builder
});

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let own = |(name, attributes): (&'static str, &[&'static str])| (name, attributes.iter().copied().collect());
    let mut attributes: HashMap<&str, HashSet<&str>> = TEXT.into_iter().chain(DRAWING).map(own).collect();
    attributes.extend(FORMULA.map(|name| (name, HashSet::from(FORMULA_ATTRIBUTES))));
    attributes.entry("math").or_default().insert(DISPLAY);
    let mut builder = Builder::empty();
    builder
        .tags(attributes.keys().copied().collect())
        .clean_content_tags(HashSet::from(["script", "style"]))
        .tag_attributes(attributes)
        .generic_attributes(HashSet::from(GENERIC))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None)
        .attribute_filter(|element, attribute, value| {
            // No page loads anything from elsewhere.
            let elsewhere = element == "img" && attribute == "src" && !is_own_source(value);
            let foreign = attribute == "class" && !value.split(' ').all(is_class);
            (!elsewhere && !foreign).then_some(value.into())
        })
        .strip_comments(true);
    builder
});

/// Lets through what a formula may hold; what comes out is balanced.
pub(super) fn formula(markup: &str) -> String {
    FORMULAE.clean(markup).to_string()
}

/// Lets through what a page may hold.
pub(super) fn clean(html: String) -> String {
    if strict::passes(&html) { html } else { rewritten(&html) }
}

/// What the sanitiser makes of it.
pub(super) fn rewritten(html: &str) -> String {
    SANITISER.clean(html).to_string()
}
