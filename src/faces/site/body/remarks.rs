//! Remarks beside the blocks they are about: for who writes a page, and nowhere else.

use std::ops::Range;

use super::Remark;
use super::writer::Writer;

/// Remarks that are written as their lines come by.
#[derive(Debug, Default)]
pub(super) struct Remarks {
    all: Vec<Remark>,
    written: usize,
}

impl Remarks {
    /// Takes remarks in the order of their lines.
    pub(super) fn of(all: Vec<Remark>) -> Self {
        Self { all, written: 0 }
    }

    /// Whether there are none left.
    pub(super) fn is_empty(&self) -> bool {
        self.written == self.all.len()
    }

    /// Those that are left of lines up to `last`.
    pub(super) fn due(&self, last: usize) -> Range<usize> {
        let left = self.all.get(self.written..).unwrap_or_default();
        self.written..self.written + left.partition_point(|remark| remark.line as usize <= last)
    }

    /// Writes some of those that are left.
    pub(super) fn write(&mut self, due: Range<usize>, writer: &mut Writer) {
        writer.start("div", &[("class", "notes")]);
        for at in due {
            let Some(Remark { class, place, level, message, .. }) = self.all.get(at) else { continue };
            let id = format!("c:finding-{}", at + 1);
            writer.start("div", &[("class", class), ("role", "note"), ("id", &id)]);
            writer.start("p", &[]);
            writer.element("code", &[], place);
            writer.text(" ");
            writer.element("strong", &[], level);
            writer.end();
            writer.element("p", &[], message);
            writer.end();
            self.written = at + 1;
        }
        writer.end();
    }

    /// Writes all that are left.
    pub(super) fn write_rest(&mut self, writer: &mut Writer) {
        if !self.is_empty() {
            writer.start("div", &[("class", "noted")]);
            self.write(self.written..self.all.len(), writer);
            writer.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Lead, Remark, render_noted};
    use crate::site::fixture::documents;

    /// The body of a text with a remark on each of these lines, with the signs of remarks short.
    fn noted(text: &str, lines: &[u32]) -> String {
        let (document, text) = documents(&[("playbook/page.md", text)]).remove(0);
        let remark = |&line: &u32| Remark {
            line,
            class: "finding".to_owned(),
            place: format!("page.md:{line}"),
            level: "note".to_owned(),
            message: format!("<{line}>"),
        };
        let remarks = lines.iter().map(remark).collect();
        let html = render_noted(&text, document.record(), &|_, _: &str| Lead::Nowhere, remarks).html.replace('\n', "");
        let mut short = html.replace("<div class=\"noted\"><div class=\"notes\">", "[");
        for (at, line) in lines.iter().enumerate() {
            let id = at + 1;
            let whole = format!(
                "<div class=\"finding\" role=\"note\" id=\"c:finding-{id}\"><p><code>page.md:{line}</code> \
                 <strong>note</strong></p><p>&lt;{line}&gt;</p></div>"
            );
            assert_eq!(short.matches(&whole).count(), 1, "{html}");
            short = short.replace(&whole, &format!("{line} "));
        }
        short
    }

    #[test]
    fn a_remark_stands_beside_the_block_that_has_its_line_or_the_next_one_and_none_is_lost() {
        let text = "---\nowner: ada\n---\n# page\n\nOne.\n\n- two\n- three\n\nFour.\n\n[^a]: five\n";
        let expected = "[2 4 </div></div>[6 </div><p>One.</p></div>[7 9 </div><ul><li>two</li><li>three</li></ul></div>\
                        <p>Four.</p>[13 </div></div>";
        let html = noted(text, &[2, 4, 6, 7, 9, 13]);
        assert!(html.starts_with(expected), "{html}");
        assert_eq!(noted("# page\n\n<!-- end -->\n", &[3]), "[3 </div></div>");
        assert_eq!(
            noted("<div>\n\nin\n\n</div>\n\nout\n", &[1, 3]),
            "[1 </div></div><div><p>in</p></div>[3 </div><p>out</p></div>"
        );
        assert_eq!(noted("", &[1]), "[1 </div></div>");
    }
}
