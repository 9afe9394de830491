//! The second door's first look: whether every byte of a text is as the list of what is allowed has it.
//!
//! It changes nothing, and asks for more than the sanitiser does: elements closed in the order in which they were opened,
//! each where HTML has it, attributes in double quotes and once, addresses that begin as a page's may. What passes is
//! read by every browser as it is written, so that the sanitiser would write the same again; that is the law that the
//! tests hold it to. All else is the sanitiser's, which builds a tree of the page and writes it anew.

use super::allowed::{DISPLAY, DRAWING, FORMULA, FORMULA_ATTRIBUTES, GENERIC, TEXT, is_class, is_own_source};

/// An element has no more attributes than this.
const ATTRIBUTES: usize = 8;

/// What an element is among the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Text and what stands in it.
    Inline,
    /// What ends a paragraph.
    Block,
    /// A part of a formula.
    Formula,
    /// A part of a drawing.
    Drawing,
}

/// An element that is open.
#[derive(Debug, Clone, Copy)]
struct Open {
    name: &'static str,
    place: Place,
}

/// A text as it is looked at.
struct Look<'h> {
    rest: &'h str,
    open: Vec<Open>,
}

/// Whether every byte of a text is as it may be. Takes time in proportion to its length.
pub(super) fn passes(html: &str) -> bool {
    let mut look = Look { rest: html, open: Vec::with_capacity(16) };
    look.all().is_some() && look.open.is_empty()
}

impl<'h> Look<'h> {
    /// Looks at everything; nothing where something is not as it may be.
    fn all(&mut self) -> Option<()> {
        loop {
            let text = match memchr::memchr(b'<', self.rest.as_bytes()) {
                Some(at) => self.take(at)?,
                None => std::mem::take(&mut self.rest),
            };
            self.text(text)?;
            if self.rest.is_empty() {
                return Some(());
            }
            self.take(1)?;
            if self.rest.starts_with('/') { self.end()? } else { self.start()? }
        }
    }

    fn take(&mut self, length: usize) -> Option<&'h str> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    /// Takes what stands before `sign`, and the sign.
    fn until(&mut self, sign: u8) -> Option<&'h str> {
        let taken = self.take(memchr::memchr(sign, self.rest.as_bytes())?)?;
        self.take(1)?;
        Some(taken)
    }

    fn text(&self, text: &str) -> Option<()> {
        // What stands between the rows of a table is moved before it.
        let holds_none = self.open.last().is_some_and(|open| is_frame(open.name));
        let fits = !holds_none || text.bytes().all(|byte| matches!(byte, b' ' | b'\n' | b'\t'));
        (fits && is_plain(text)).then_some(())
    }

    fn end(&mut self) -> Option<()> {
        self.take(1)?;
        let name = self.until(b'>')?;
        (self.open.pop()?.name == name).then_some(())
    }

    fn start(&mut self) -> Option<()> {
        let length = self.rest.bytes().position(|byte| !byte.is_ascii_alphanumeric())?;
        let (name, place, own) = listed(self.take(length)?)?;
        let mut seen: [&str; ATTRIBUTES] = [""; ATTRIBUTES];
        for slot in 0.. {
            match self.take(1)? {
                ">" => break,
                " " => {
                    let key = self.until(b'=')?;
                    let generic = if place == Place::Formula { &FORMULA_ATTRIBUTES[..] } else { &GENERIC[..] };
                    let allowed = own.contains(&key) || generic.contains(&key) || name == "math" && key == DISPLAY;
                    if !allowed || seen.contains(&key) {
                        return None;
                    }
                    *seen.get_mut(slot)? = key;
                    (self.take(1)? == "\"").then_some(())?;
                    is_value(key, self.until(b'"')?).then_some(())?;
                }
                _ => return None,
            }
        }
        self.fits(name, place).then_some(())?;
        if !is_void(name) {
            // The line's end behind it would be taken for its own.
            (name != "pre" || !self.rest.starts_with('\n')).then_some(())?;
            self.open.push(Open { name, place });
        }
        Some(())
    }

    /// Whether an element may stand where it does: whether HTML leaves it there.
    fn fits(&self, name: &str, place: Place) -> bool {
        let around = self.open.last();
        let parent = around.map_or("", |open| open.name);
        let inside = |name: &str| self.open.iter().any(|open| open.name == name);
        match (around.map(|open| open.place), place) {
            // Within a formula's tokens a tag is read as one of HTML.
            (Some(Place::Formula), Place::Formula) => {
                return name != "math" && !matches!(parent, "mi" | "mo" | "mn" | "ms" | "mtext" | "annotation");
            }
            (Some(Place::Drawing), Place::Drawing) => return name != "svg" && parent == "svg",
            (Some(Place::Formula | Place::Drawing), _) => return false,
            (_, Place::Formula) => return name == "math" && !is_frame(parent),
            (_, Place::Drawing) => return name == "svg" && !is_frame(parent),
            (_, Place::Block) if inside("p") => return false,
            _ => {}
        }
        match name {
            "li" => matches!(parent, "ul" | "ol"),
            "dt" | "dd" => parent == "dl",
            "rt" | "rp" => parent == "ruby",
            "caption" | "thead" | "tbody" | "tfoot" => parent == "table",
            "tr" => matches!(parent, "thead" | "tbody" | "tfoot"),
            "td" | "th" => parent == "tr",
            _ if is_frame(parent) => false,
            "a" => !inside("a"),
            "h2" | "h3" | "h4" | "h5" | "h6" => !parent.starts_with('h'),
            _ => true,
        }
    }
}

/// The name of an element as the list has it, what it is, and its own attributes.
fn listed(name: &str) -> Option<(&'static str, Place, &'static [&'static str])> {
    if let Ok(at) = TEXT.binary_search_by_key(&name, |(name, _)| name) {
        return TEXT
            .get(at)
            .map(|(name, own)| (*name, if is_block(name) { Place::Block } else { Place::Inline }, *own));
    }
    if let Ok(at) = FORMULA.binary_search(&name) {
        return FORMULA.get(at).map(|name| (*name, Place::Formula, &[][..]));
    }
    let at = DRAWING.binary_search_by_key(&name, |(name, _)| name).ok()?;
    DRAWING.get(at).map(|(name, own)| (*name, Place::Drawing, *own))
}

fn is_value(key: &str, value: &str) -> bool {
    if !is_plain(value) {
        return false;
    }
    match key {
        // A browser leaves out blanks of some kinds, and takes `\` for `/`.
        "href" => {
            let known = ["#", "https://", "http://", "mailto:"].iter().any(|scheme| value.starts_with(scheme));
            (known || is_own_source(value)) && !value.bytes().any(|byte| byte <= b' ' || byte == b'\\')
        }
        "src" => is_own_source(value) && !value.bytes().any(|byte| byte <= b' ' || byte == b'\\'),
        "class" => value.split(' ').all(is_class),
        _ => true,
    }
}

/// Whether a text means to every reader what is written: no sign of control, and no reference but the common ones.
fn is_plain(text: &str) -> bool {
    const REFERENCES: [&str; 5] = ["&lt;", "&gt;", "&amp;", "&quot;", "&nbsp;"];
    let mut rest = text;
    loop {
        let end = memchr::memchr(b'&', rest.as_bytes());
        let (plain, behind) = rest.split_at(end.unwrap_or(rest.len()));
        if plain.bytes().any(|byte| byte < b' ' && !matches!(byte, b'\n' | b'\t') || byte == b'<') {
            return false;
        }
        if end.is_none() {
            return true;
        }
        match REFERENCES.iter().find_map(|reference| behind.strip_prefix(reference)) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
}

fn is_void(name: &str) -> bool {
    matches!(name, "br" | "hr" | "img" | "wbr")
}

/// Whether it holds parts of a table alone.
fn is_frame(name: &str) -> bool {
    matches!(name, "table" | "thead" | "tbody" | "tfoot" | "tr")
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "blockquote"
            | "dd"
            | "details"
            | "div"
            | "dl"
            | "dt"
            | "figcaption"
            | "figure"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "hr"
            | "li"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "ul"
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};
    use proptest::sample::{Index, select};

    use super::passes;
    use crate::site::body::sanitise::rewritten;

    /// With one way to write each character.
    fn plain(html: &str) -> String {
        let characters = [("&nbsp;", "\u{a0}"), ("&quot;", "\""), ("&gt;", ">"), ("&lt;", "<"), ("&amp;", "&")];
        characters.iter().fold(html.to_owned(), |html, (reference, character)| html.replace(reference, character))
    }

    #[test]
    fn what_is_written_by_the_book_passes() {
        for html in [
            "",
            "words &amp; “more”",
            "<p>a <em>b</em><br> <a href=\"/x#y\" rel=\"noopener\">c</a></p>\n<hr>",
            "<div class=\"table\" role=\"group\"><table><thead><tr><th scope=\"col\">a</th></tr>\n</thead></table></div>",
            "<ul>\n<li><p>a</p>\n<ol start=\"3\"><li>b</li></ol></li></ul>",
            "<pre tabindex=\"0\"><code class=\"language-x\"><span class=\"k\">fn</span>\n</code></pre>",
            "<p><math display=\"inline\"><mi>x</mi></math></p><svg viewBox=\"0 0 1 1\"><path d=\"M0 0\"></path></svg>",
            "<img src=\"/a.png\" alt=\"&quot;\" loading=\"lazy\"><a href=\"mailto:a@example.org\">a</a>",
        ] {
            assert!(passes(html), "{html}");
            assert_eq!(plain(&rewritten(html)), plain(html));
        }
    }

    #[test]
    fn what_is_written_otherwise_is_for_the_sanitiser() {
        for html in [
            "<script>x</script>",
            "<p onclick=\"x\">x</p>",
            "<p style=\"x\">x</p>",
            "<p class=\"top\">x</p>",
            "<p title=x>x</p>",
            "<p title='x'>x</p>",
            "<p  title=\"x\">x</p>",
            "<p title=\"x\" title=\"y\">x</p>",
            "<P>x</P>",
            "<p/>",
            "<p>x",
            "x</p>",
            "<b><i>x</b></i>",
            "<!-- x -->",
            "<![CDATA[x]]>",
            "a < b",
            "&copy; &#106; & x",
            "\u{1}",
            "<a href=\"javascript:x\">x</a>",
            "<a href=\"java&#115;cript:x\">x</a>",
            "<a href=\"//evil.example\">x</a>",
            "<a href=\"/\t/evil.example\">x</a>",
            "<a href=\"/\\evil.example\">x</a>",
            "<img src=\"https://evil.example/x.png\">",
            "<a href=\"/x\"><span><a href=\"/y\">y</a></span></a>",
            "<p><div>x</div></p>",
            "<li>x</li>",
            "<table><tr><td>x</td></tr></table>",
            "<table>x<tbody></tbody></table>",
            "<td>x</td>",
            "<svg><p>x</p></svg>",
            "<svg><svg></svg></svg>",
            "<math><mtext><img src=\"/x\"></mtext></math>",
            "<mi>x</mi>",
            "<math><mi><mi>x</mi></mi></math>",
            "<rect></rect>",
            "<h2><h3>x</h3></h2>",
            "<pre>\nx</pre>",
        ] {
            assert!(!passes(html), "{html}");
        }
    }

    const PARTS: [&str; 64] = [
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<ul>",
        "</ul>",
        "<ol>",
        "</ol>",
        "<li>",
        "</li>",
        "<table>",
        "</table>",
        "<thead>",
        "</thead>",
        "<tbody>",
        "</tbody>",
        "<tr>",
        "</tr>",
        "<td>",
        "</td>",
        "<th>",
        "</th>",
        "<dl>",
        "</dl>",
        "<dt>",
        "</dt>",
        "<a href=\"/x\">",
        "</a>",
        "<b>",
        "</b>",
        "<h2>",
        "</h2>",
        "<pre>",
        "</pre>",
        "<code>",
        "</code>",
        "<math>",
        "</math>",
        "<mi>",
        "</mi>",
        "<mtext>",
        "</mtext>",
        "<svg>",
        "</svg>",
        "<path>",
        "</path>",
        "<text>",
        "</text>",
        "<ruby>",
        "</ruby>",
        "<rt>",
        "</rt>",
        "<details>",
        "</details>",
        "<summary>",
        "</summary>",
        "<br>",
        "<img src=\"/x\">",
        "<hr>",
        "x",
        "\n",
        "&lt;",
        "<caption>",
        "</caption>",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn the_sanitiser_leaves_what_passes_as_it_is(parts in proptest::collection::vec(select(&PARTS[..]), 0..12)) {
            let html = parts.concat();
            if passes(&html) {
                prop_assert_eq!(plain(&rewritten(&html)), plain(&html));
            }
        }

        #[test]
        fn so_it_does_with_whatever_stands_in_each_other(picks in proptest::collection::vec(any::<Index>(), 1..9)) {
            // Every element opened is closed, so that much of it passes.
            let opening: Vec<&str> = PARTS.into_iter().filter(|part| part.starts_with('<') && !part.starts_with("</")).collect();
            let names: Vec<&str> = picks.iter().map(|pick| *pick.get(&opening)).collect();
            let mut html = names.concat();
            html.push('x');
            for part in names.iter().rev() {
                let name = part.trim_start_matches('<').split([' ', '>']).next().unwrap_or_default();
                if !super::is_void(name) {
                    html.push_str(&format!("</{name}>"));
                }
            }
            if passes(&html) {
                prop_assert_eq!(plain(&rewritten(&html)), plain(&html));
            }
        }
    }
}
