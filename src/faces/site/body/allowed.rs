//! What a page may hold of a document: elements, their attributes, classes.
//!
//! One list for both looks at the second door; no attribute on it runs anything or holds a style, and two hold addresses:
//! `href` and `src`.

use super::code::Class;

/// The elements of a text, by name, with the attributes of their own.
pub(super) const TEXT: [(&str, &[&str]); 61] = [
    ("a", &["href", "rel", "role", "aria-label"]),
    ("abbr", &[]),
    ("b", &[]),
    ("bdi", &[]),
    ("bdo", &[]),
    ("blockquote", &[]),
    ("br", &[]),
    ("caption", &[]),
    ("cite", &[]),
    ("code", &[]),
    ("data", &[]),
    ("dd", &[]),
    ("del", &[]),
    ("details", &["open"]),
    ("dfn", &[]),
    ("div", &["role", "aria-label", "tabindex"]),
    ("dl", &[]),
    ("dt", &[]),
    ("em", &[]),
    ("figcaption", &[]),
    ("figure", &[]),
    ("h2", &[]),
    ("h3", &[]),
    ("h4", &[]),
    ("h5", &[]),
    ("h6", &[]),
    ("hr", &[]),
    ("i", &[]),
    ("img", &["src", "alt", "width", "height", "loading"]),
    ("ins", &[]),
    ("kbd", &[]),
    ("li", &[]),
    ("mark", &[]),
    ("ol", &["start"]),
    ("p", &[]),
    ("pre", &["tabindex"]),
    ("q", &[]),
    ("rp", &[]),
    ("rt", &[]),
    ("ruby", &[]),
    ("s", &[]),
    ("samp", &[]),
    ("section", &["role", "aria-label"]),
    ("small", &[]),
    ("span", &["role", "aria-label"]),
    ("strong", &[]),
    ("sub", &[]),
    ("summary", &[]),
    ("sup", &[]),
    ("table", &[]),
    ("tbody", &[]),
    ("td", &["colspan", "rowspan"]),
    ("tfoot", &[]),
    ("th", &["colspan", "rowspan", "scope"]),
    ("thead", &[]),
    ("time", &[]),
    ("tr", &[]),
    ("u", &[]),
    ("ul", &[]),
    ("var", &[]),
    ("wbr", &[]),
];

/// What every element may have.
pub(super) const GENERIC: [&str; 5] = ["class", "dir", "id", "lang", "title"];

/// What a formula is made of: the elements that pulldown-latex writes, which are those of MathML Core.
pub(super) const FORMULA: [&str; 22] = [
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

/// The attributes of those elements.
pub(super) const FORMULA_ATTRIBUTES: [&str; 14] = [
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

/// What `math` alone has beside them.
pub(super) const DISPLAY: &str = "display";

/// What a drawing is made of.
pub(super) const DRAWING: [(&str, &[&str]); 4] = [
    ("path", &["d"]),
    ("rect", &["height", "rx", "width", "x", "y"]),
    ("svg", &["aria-label", "height", "role", "viewBox", "width"]),
    ("text", &["text-anchor", "x", "y"]),
];

/// Classes that our own writer gives; a language's name stands behind `language-`, and a formula has its own.
const CLASSES: [&str; 35] = [
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
    "embedded",
    "end",
    "finding",
    "flow",
    "footnote",
    "footnotes",
    "head",
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
    "thin",
    "tip",
    "unavailable",
];

/// Whether a name is that of a class that pages may have.
pub(super) fn is_class(name: &str) -> bool {
    const PREFIXES: [&str; 5] = ["language-", "finding-", "menv-", "cell-", "mop-"];
    Class::is_name(name)
        || CLASSES.binary_search(&name).is_ok()
        || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Whether an image may be loaded from there: of this site, never from elsewhere.
pub(super) fn is_own_source(address: &str) -> bool {
    address.starts_with('/') && !address.starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::{CLASSES, DRAWING, FORMULA, TEXT};

    #[test]
    fn lists_are_sorted_since_they_are_searched_so() {
        assert!(TEXT.is_sorted_by_key(|(name, _)| name) && DRAWING.is_sorted_by_key(|(name, _)| name));
        assert!(FORMULA.is_sorted() && CLASSES.is_sorted());
    }
}
