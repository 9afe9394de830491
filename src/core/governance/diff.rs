//! What changed between two texts, word by word: E. W. Myers, "An O(ND) Difference Algorithm and Its Variations", 1986.
//!
//! Joined, what is kept and removed gives the text before; what is kept and added, the text after. Texts that differ in
//! more than [`MOST_EDITS`] words are told as one replacement of what differs.

/// So many words may be removed and added before the rest is told as a whole: the memory it takes is its square.
const MOST_EDITS: usize = 1_500;

/// A part of two texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// In both.
    Same(String),
    /// In the text before only.
    Removed(String),
    /// In the text after only.
    Added(String),
}

/// Tells what changed, word by word.
#[must_use]
pub fn words(before: &str, after: &str) -> Vec<Piece> {
    let (old, new) = (split(before), split(after));
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let (old_middle, new_middle) = (slice(&old, head, tail), slice(&new, head, tail));
    let mut pieces = Pieces::default();
    pieces.extend(Piece::Same, &old[..head]);
    match path(old_middle, new_middle) {
        Some(steps) => {
            for step in steps {
                match step {
                    Step::Keep(at) => pieces.extend(Piece::Same, old_middle.get(at..=at).unwrap_or_default()),
                    Step::Remove(at) => pieces.extend(Piece::Removed, old_middle.get(at..=at).unwrap_or_default()),
                    Step::Add(at) => pieces.extend(Piece::Added, new_middle.get(at..=at).unwrap_or_default()),
                }
            }
        }
        None => {
            pieces.extend(Piece::Removed, old_middle);
            pieces.extend(Piece::Added, new_middle);
        }
    }
    pieces.extend(Piece::Same, &old[old.len() - tail..]);
    pieces.0
}

fn slice<'a, 'b>(words: &'b [&'a str], head: usize, tail: usize) -> &'b [&'a str] {
    words.get(head..words.len() - tail).unwrap_or_default()
}

/// Words, and what stands between them: joined they are the text.
fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let kind = first.is_alphanumeric();
        let end = match first {
            // Each line break is one: a changed paragraph does not pull its neighbours in.
            '\n' => 1,
            _ => rest.find(|c: char| c.is_alphanumeric() != kind || c == '\n').unwrap_or(rest.len()),
        };
        let (part, after) = rest.split_at(end);
        parts.push(part);
        rest = after;
    }
    parts
}

enum Step {
    Keep(usize),
    Remove(usize),
    Add(usize),
}

/// How far each diagonal has come after so many edits: diagonal `x - y` at index `x - y + edits`, `None` where none leads.
type Reached = Vec<Option<usize>>;

/// The shortest way from one to the other; `None` when it is too long.
fn path(old: &[&str], new: &[&str]) -> Option<Vec<Step>> {
    let size = (old.len(), new.len());
    let mut trace: Vec<Reached> = Vec::new();
    for edits in 0..=(size.0 + size.1).min(MOST_EDITS) {
        let mut reached: Reached = vec![None; 2 * edits + 1];
        for at in (0..=2 * edits).step_by(2) {
            let begin = if edits == 0 { Some(0) } else { edit(&trace, edits, at, size).map(|(x, _)| x) };
            let Some(mut x) = begin else { continue };
            while x < old.len() && x + edits - at < new.len() && old.get(x) == new.get(x + edits - at) {
                x += 1;
            }
            if let Some(slot) = reached.get_mut(at) {
                *slot = Some(x);
            }
            if (x, x + edits - at) == size {
                return Some(back(&trace, edits, size));
            }
        }
        trace.push(reached);
    }
    None
}

/// Where the last of so many edits leads on a diagonal, and whether it adds a word: the further of the two ways.
fn edit(trace: &[Reached], edits: usize, at: usize, (n, m): (usize, usize)) -> Option<(usize, bool)> {
    let before = trace.get(edits - 1)?;
    // To add goes down from the next diagonal, to remove goes right from the one before.
    let added = before.get(at).copied().flatten().filter(|x| x + edits - at <= m);
    let removed = at.checked_sub(2).and_then(|at| before.get(at).copied().flatten()).map(|x| x + 1).filter(|x| *x <= n);
    match (added, removed) {
        (Some(added), Some(removed)) if added >= removed => Some((added, true)),
        (_, Some(removed)) => Some((removed, false)),
        (added, None) => added.map(|x| (x, true)),
    }
}

/// Walks from the end back to the beginning.
fn back(trace: &[Reached], edits: usize, size: (usize, usize)) -> Vec<Step> {
    let ((mut x, mut y), mut steps) = (size, Vec::new());
    for edits in (1..=edits).rev() {
        let at = x + edits - y;
        let Some((to, added)) = edit(trace, edits, at, size) else { break };
        while x > to {
            (x, y) = (x - 1, y - 1);
            steps.push(Step::Keep(x));
        }
        if added {
            y -= 1;
            steps.push(Step::Add(y));
        } else {
            x -= 1;
            steps.push(Step::Remove(x));
        }
    }
    steps.extend((0..x).rev().map(Step::Keep));
    steps.reverse();
    steps
}

/// Pieces of which no two neighbours are of one kind.
#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn extend(&mut self, kind: fn(String) -> Piece, words: &[&str]) {
        if words.is_empty() {
            return;
        }
        let text = words.concat();
        let next = kind(text);
        match (self.0.last_mut(), &next) {
            (Some(Piece::Same(last)), Piece::Same(more))
            | (Some(Piece::Removed(last)), Piece::Removed(more))
            | (Some(Piece::Added(last)), Piece::Added(more)) => last.push_str(more),
            _ => self.0.push(next),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(before: &str, after: &str) -> String {
        let sign = |piece: &Piece| match piece {
            Piece::Same(text) => text.clone(),
            Piece::Removed(text) => format!("[-{text}-]"),
            Piece::Added(text) => format!("{{+{text}+}}"),
        };
        words(before, after).iter().map(sign).collect()
    }

    #[test]
    fn only_the_words_that_changed_are_told() {
        assert_eq!(shown("the old way\nstays", "the new way\nstays"), "the [-old-]{+new+} way\nstays");
        assert_eq!(shown("a b c", "a c"), "a [-b -]c");
        assert_eq!(shown("", "new"), "{+new+}");
        assert_eq!(shown("gone", ""), "[-gone-]");
        assert_eq!(shown("same", "same"), "same");
    }

    #[test]
    fn texts_that_have_nothing_in_common_are_one_replacement() {
        let long = |word: &str| (0..4_000).map(|n| format!("{word}{n} ")).collect::<String>();
        let pieces = words(&long("a"), &long("b"));
        assert!(pieces.len() <= 3, "{}", pieces.len());
    }

    proptest! {
        #[test]
        fn kept_and_removed_is_before_and_kept_and_added_is_after(before in "[ab \n]{0,40}", after in "[ab \n]{0,40}") {
            let pieces = words(&before, &after);
            let side = |removed: bool| -> String {
                pieces.iter().filter_map(|piece| match piece {
                    Piece::Same(text) => Some(text.as_str()),
                    Piece::Removed(text) => removed.then_some(text.as_str()),
                    Piece::Added(text) => (!removed).then_some(text.as_str()),
                }).collect()
            };
            prop_assert_eq!(side(true), before);
            prop_assert_eq!(side(false), after);
        }
    }
}
