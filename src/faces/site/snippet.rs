//! A snippet's words for people: marked where they match, without the signs of Markdown.

use crate::retrieval::Snippet;

/// Splits a snippet into text and hits; the signs that only mark up are left out.
pub(super) fn pieces(snippet: &Snippet) -> Vec<(String, bool)> {
    let text = snippet.text.as_str();
    let silent = silent(text);
    let mut pieces: Vec<(String, bool)> = Vec::new();
    let mut hits = snippet.hits.iter().peekable();
    for (at, c) in text.char_indices() {
        while hits.next_if(|hit| hit.end <= at).is_some() {}
        if silent.iter().any(|span| span.contains(&at)) {
            continue;
        }
        let hit = hits.peek().is_some_and(|hit| hit.contains(&at));
        match pieces.last_mut() {
            Some((piece, same)) if *same == hit => piece.push(c),
            _ => pieces.push((c.to_string(), hit)),
        }
    }
    pieces
}

/// The spans that only mark up: code ticks, strong signs, boxes, a link's brackets and target, a table's borders.
fn silent(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut silent = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = bytes.get(at..).unwrap_or_default();
        let len = match byte {
            b'`' => 1,
            b'*' if rest.starts_with(b"**") => 2,
            b'|' => {
                1 + rest
                    .iter()
                    .skip(1)
                    .take_while(|byte| matches!(byte, b'|' | b'-' | b':' | b' '))
                    .count()
                    .saturating_sub(1)
            }
            b'[' if rest.starts_with(b"[ ] ") || rest.starts_with(b"[x] ") => 4,
            b'[' if link(rest).is_some() => {
                let (inner, whole) = link(rest).unwrap_or((0, 1));
                silent.push(at + inner..at + whole);
                1
            }
            _ => 0,
        };
        if len > 0 {
            silent.push(at..at + len);
        }
        at += len.max(1);
    }
    silent
}

/// For `[text](target)`: where the text ends, and where all of it does.
fn link(text: &[u8]) -> Option<(usize, usize)> {
    let close = text.iter().take(200).position(|&byte| byte == b']')?;
    if text.get(close + 1) != Some(&b'(') {
        return None;
    }
    let target = text.get(close + 1..)?.iter().take(300).position(|&byte| byte == b')')?;
    Some((close, close + 1 + target + 1))
}

#[cfg(test)]
mod tests {
    use super::pieces;
    use crate::retrieval::Snippet;

    #[test]
    fn signs_go_and_hits_stay() {
        let text = "Run `cairn` and **see** [the loop](loop.md#x) | a | --- | b <script>";
        let at = |word: &str| text.find(word).map(|at| at..at + word.len()).unwrap();
        let snippet = Snippet { text: text.to_owned(), hits: vec![at("cairn"), at("loop"), at("b <")] };
        let shown: Vec<String> =
            pieces(&snippet).into_iter().map(|(text, hit)| if hit { format!("«{text}»") } else { text }).collect();
        assert_eq!(shown.concat(), "Run «cairn» and see the «loop»  a  «b <»script>");
    }
}
