//! Code blocks: in colours, as a formula, as a drawing, or as they are.

use super::writer::Writer;
use super::{code, flow, math, sequence};

/// No name of a language is longer.
const NAME_CHARS: usize = 40;

/// Writes a code block, given what stands behind its fence.
pub(super) fn write(info: &str, text: &str, writer: &mut Writer) {
    let language = language(info);
    let drawn = match language {
        "math" => math::write_block(text, writer),
        "mermaid" => flow::write(text, writer) || sequence::write(text, writer),
        _ => false,
    };
    if drawn {
        return;
    }
    // Who reads by keyboard scrolls what is wide.
    writer.start("pre", &[("tabindex", "0")]);
    if language.is_empty() {
        writer.element("code", &[], text);
    } else {
        writer.start("code", &[("class", &format!("language-{language}"))]);
        match code::pieces(language, text) {
            Some(pieces) => pieces.into_iter().for_each(|(class, piece)| match class {
                Some(class) => writer.element("span", &[("class", class.name())], piece),
                None => writer.text(piece),
            }),
            None => writer.text(text),
        }
        writer.end();
    }
    writer.end();
}

/// The language: `rust` of `rust,ignore`, `python title="x"`, `{.python}` and `{python}`. Nothing for what is no name.
fn language(info: &str) -> &str {
    let name =
        info.trim_start_matches(['{', '.', ' ']).split([' ', ',', '{', '}', ':', '\t']).next().unwrap_or_default();
    let known = |c: char| c.is_alphanumeric() || matches!(c, '-' | '+' | '#' | '_' | '.');
    if name.len() <= NAME_CHARS && name.chars().all(known) { name } else { "" }
}

#[cfg(test)]
mod tests {
    use super::language;

    #[test]
    fn a_language_is_the_first_name_behind_the_fence() {
        for (info, expected) in [
            ("rust,ignore", "rust"),
            ("C++ x", "C++"),
            ("{.python .numberLines}", "python"),
            ("{r, echo=FALSE}", "r"),
            ("yaml:values.yml", "yaml"),
            ("", ""),
            ("<b>", ""),
            ("\"x", ""),
        ] {
            assert_eq!(language(info), expected, "{info}");
        }
    }
}
