//! HTML and XML as code: elements, attributes, comments.

use super::{Class, Cutter};

/// Scans a whole text.
pub(super) fn scan(cut: &mut Cutter<'_>) {
    let bytes = cut.text.as_bytes();
    let mut at = 0;
    while let Some(found) = memchr::memchr2(b'<', b'&', bytes.get(at..).unwrap_or_default()) {
        at += found;
        at = if bytes.get(at) == Some(&b'&') { entity(cut, bytes, at) } else { tag(cut, bytes, at) };
    }
}

/// `&amp;`: a name and a semicolon.
fn entity(cut: &mut Cutter<'_>, bytes: &[u8], at: usize) -> usize {
    let name = bytes.get(at + 1..).unwrap_or_default();
    let length = name.iter().take(12).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'#').count();
    if length == 0 || name.get(length) != Some(&b';') {
        return at + 1;
    }
    cut.mark(Class::Value, at, at + length + 2);
    at + length + 2
}

fn tag(cut: &mut Cutter<'_>, bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let until = |end: &[u8]| memchr::memmem::find(rest, end).map_or(bytes.len(), |found| at + found + end.len());
    if rest.starts_with(b"<!--") {
        let end = until(b"-->");
        cut.mark(Class::Comment, at, end);
        return end;
    }
    if rest.starts_with(b"<!") || rest.starts_with(b"<?") {
        let end = until(b">");
        cut.mark(Class::Keyword, at, end);
        return end;
    }
    let from = at + 1 + usize::from(rest.get(1) == Some(&b'/'));
    let end = name_end(bytes, from);
    if !bytes.get(from).is_some_and(u8::is_ascii_alphabetic) {
        return at + 1;
    }
    cut.mark(Class::Name, from, end);
    attributes(cut, bytes, end)
}

fn attributes(cut: &mut Cutter<'_>, bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'>' => return at + 1,
            b'<' => return at,
            b'"' | b'\'' => {
                let value = bytes.get(at + 1..).unwrap_or_default();
                let end = memchr::memchr(byte, value).map_or(bytes.len(), |found| at + found + 2);
                cut.mark(Class::Text, at, end);
                at = end;
            }
            _ if byte.is_ascii_alphabetic() || matches!(byte, b'@' | b':' | b'#') => {
                let end = name_end(bytes, at + 1);
                cut.mark(Class::Type, at, end);
                at = end;
                // A value without quotes.
                if bytes.get(at) == Some(&b'=') && !matches!(bytes.get(at + 1), Some(b'"' | b'\'' | b'>') | None) {
                    let value = bytes.get(at + 1..).unwrap_or_default();
                    let end = value.iter().position(|byte| byte.is_ascii_whitespace() || *byte == b'>');
                    let end = end.map_or(bytes.len(), |end| at + 1 + end);
                    cut.mark(Class::Text, at + 1, end);
                    at = end;
                }
            }
            _ => at += 1,
        }
    }
    at
}

fn name_end(bytes: &[u8], from: usize) -> usize {
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b':' | b'.');
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(|byte| !inside(byte)).unwrap_or(rest.len())
}
