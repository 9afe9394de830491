//! The second door: an allow-list sanitiser over all HTML that was made of a document.
//!
//! Everything that comes here was written by our own writer already; what passes is what the writer can write. The
//! nesting is bounded before: the sanitiser's parser takes seconds for kilobytes of nested elements.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use super::code::Class;

const TAGS: [&str; 61] = [
    "a",
    "abbr",
    "b",
    "bdi",
    "bdo",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "u",
    "ul",
    "var",
    "wbr",
    "data",
];

/// What a formula is made of: the elements that pulldown-latex writes, which are those of MathML Core.
const FORMULA_TAGS: [&str; 22] = [
    "annotation",
    "math",
    "merror",
    "mfrac",
    "mi",
    "mn",
    "mo",
    "mover",
    "mroot",
    "mrow",
    "mspace",
    "msqrt",
    "msub",
    "msubsup",
    "msup",
    "mtable",
    "mtd",
    "mtext",
    "mtr",
    "munder",
    "munderover",
    "semantics",
];

/// The attributes of those elements; none of them holds an address or a style.
const FORMULA_ATTRIBUTES: [&str; 14] = [
    "class",
    "depth",
    "displaystyle",
    "height",
    "largeop",
    "linethickness",
    "mathvariant",
    "maxsize",
    "minsize",
    "movablelimits",
    "scriptlevel",
    "stretchy",
    "symmetric",
    "width",
];

/// What a drawing is made of; none of the attributes holds an address or a style.
const DRAWING: [(&str, &[&str]); 4] = [
    ("svg", &["aria-label", "height", "role", "viewBox", "width"]),
    ("path", &["d"]),
    ("rect", &["height", "rx", "width", "x", "y"]),
    ("text", &["text-anchor", "x", "y"]),
];

/// Classes that our own writer gives; a language's name stands behind `language-`, and a formula has its own.
const CLASSES: [&str; 32] = [
    "anchor",
    "arrow",
    "arrow-dotted",
    "arrow-thick",
    "box",
    "callout",
    "callout-caution",
    "callout-important",
    "callout-note",
    "callout-tip",
    "callout-title",
    "callout-warning",
    "center",
    "drawing",
    "embed",
    "end",
    "finding",
    "flow",
    "footnote",
    "footnotes",
    "image",
    "math",
    "math-display",
    "noted",
    "notes",
    "quiet",
    "said",
    "table",
    "task",
    "task-item",
    "tip",
    "unavailable",
];

fn is_class(name: &str) -> bool {
    let prefixes = ["language-", "finding-", "menv-", "cell-", "mop-"];
    CLASSES.contains(&name) || prefixes.iter().any(|prefix| name.starts_with(prefix)) || Class::is_name(name)
}

static FORMULA: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::empty();
    builder
        .tags(HashSet::from(FORMULA_TAGS))
        .clean_content_tags(HashSet::from(["script", "style"]))
        .generic_attributes(HashSet::from(FORMULA_ATTRIBUTES))
        .tag_attributes(HashMap::from([("math", HashSet::from(["display"]))]))
        .link_rel(None);
    builder
});

static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut attributes: HashMap<&str, HashSet<&str>> = HashMap::from([
        ("a", HashSet::from(["href", "rel", "role", "aria-label"])),
        ("details", HashSet::from(["open"])),
        ("div", HashSet::from(["role", "aria-label", "tabindex"])),
        ("img", HashSet::from(["src", "alt", "width", "height", "loading"])),
        ("ol", HashSet::from(["start"])),
        ("pre", HashSet::from(["tabindex"])),
        ("section", HashSet::from(["role", "aria-label"])),
        ("span", HashSet::from(["role", "aria-label"])),
        ("td", HashSet::from(["colspan", "rowspan"])),
        ("th", HashSet::from(["colspan", "rowspan", "scope"])),
    ]);
    attributes.extend(FORMULA_TAGS.map(|tag| (tag, FORMULA_ATTRIBUTES.into_iter().chain(["display"]).collect())));
    attributes.extend(DRAWING.map(|(tag, attributes)| (tag, attributes.iter().copied().collect())));
    let mut builder = Builder::empty();
    builder
        .tags(TAGS.into_iter().chain(FORMULA_TAGS).chain(DRAWING.map(|(tag, _)| tag)).collect())
        .clean_content_tags(HashSet::from(["script", "style"]))
        .tag_attributes(attributes)
        .generic_attributes(HashSet::from(["class", "dir", "id", "lang", "title"]))
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None)
        .attribute_filter(|element, attribute, value| {
            // No page loads anything from elsewhere.
            let elsewhere =
                element == "img" && attribute == "src" && (!value.starts_with('/') || value.starts_with("//"));
            let foreign = attribute == "class" && !value.split(' ').all(is_class);
            (!elsewhere && !foreign).then_some(value.into())
        })
        .strip_comments(true);
    builder
});

/// Lets through what a formula may hold; what comes out is balanced.
pub(super) fn formula(markup: &str) -> String {
    FORMULA.clean(markup).to_string()
}

/// Lets through what a page may hold.
pub(super) fn clean(html: &str) -> String {
    SANITISER.clean(html).to_string()
}
