//! Which lines of a text are lines of the text before it: E. W. Myers, "An O(ND) Difference Algorithm and Its
//! Variations", 1986, over whole lines, with their line feeds.
//!
//! Where several ways are as short, a line that is new is taken to be the last of those that read alike, as git does: a
//! paragraph that was put in ends with its own blank line.

use std::collections::HashMap;

/// So many lines may differ between texts that have the rest in common before what differs counts as replaced: the
/// memory it takes is its square.
const MOST_EDITS: usize = 2_000;

/// A text's lines, each with its line feed.
pub(super) fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

/// For each line of `new`, the line of `old` that it is. Lines keep their order.
pub(super) fn align(old: &[&[u8]], new: &[&[u8]]) -> Vec<Option<usize>> {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - head;
    let tail = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
    let mut of_new: Vec<Option<usize>> = (0..new.len()).map(|at| (at < head).then_some(at)).collect();
    for back in 1..=tail {
        if let Some(slot) = of_new.get_mut(new.len() - back) {
            *slot = Some(old.len() - back);
        }
    }
    let middle = |all: &[&[u8]]| (head, all.len() - tail);
    for (at, is) in same(old, middle(old), new, middle(new)) {
        if let Some(slot) = of_new.get_mut(is) {
            *slot = Some(at);
        }
    }
    // What was taken out is slid first, then what was put in.
    let mut of_old = inverse(&of_new, old.len());
    slide(old, &mut of_old);
    of_new = inverse(&of_old, new.len());
    slide(new, &mut of_new);
    of_new
}

/// Pairs of equal lines in the middle of two texts, in order.
fn same(
    old: &[&[u8]],
    (old_from, old_to): (usize, usize),
    new: &[&[u8]],
    (new_from, new_to): (usize, usize),
) -> Vec<(usize, usize)> {
    let (Some(old), Some(new)) = (old.get(old_from..old_to), new.get(new_from..new_to)) else { return Vec::new() };
    let mut names: HashMap<&[u8], usize> = HashMap::new();
    let mut named = Vec::with_capacity(old.len() + new.len());
    for line in old.iter().chain(new) {
        let next = names.len();
        named.push(*names.entry(line).or_insert(next));
    }
    let (old_names, new_names) = named.split_at(old.len());
    // A line that the other text has nowhere differs whatever else does; most that differ are such.
    let count = names.len();
    let known = |names: &[usize]| {
        let mut known = vec![false; count];
        names.iter().for_each(|name| known[*name] = true);
        known
    };
    let (in_old, in_new) = (known(old_names), known(new_names));
    let kept = |names: &[usize], there: &[bool]| -> Vec<(usize, usize)> {
        names.iter().copied().enumerate().filter(|(_, name)| there[*name]).collect()
    };
    let (old_kept, new_kept) = (kept(old_names, &in_new), kept(new_names, &in_old));
    let name = |kept: &[(usize, usize)]| -> Vec<usize> { kept.iter().map(|(_, name)| *name).collect() };
    let pairs = path(&name(&old_kept), &name(&new_kept));
    pairs.into_iter().map(|(at, is)| (old_from + old_kept[at].0, new_from + new_kept[is].0)).collect()
}

/// How far the diagonals have come after so many edits: the one where `x - y` is `2 * at - edits` at index `at`.
type Reached = Vec<Option<u32>>;

/// Walks the shortest way from one text to the other, and gives what both have. A way that is too long has nothing.
fn path(old: &[usize], new: &[usize]) -> Vec<(usize, usize)> {
    let size = (old.len(), new.len());
    let mut trace: Vec<Reached> = Vec::new();
    for edits in 0..=(size.0 + size.1).min(MOST_EDITS) {
        let mut reached: Reached = vec![None; edits + 1];
        for at in 0..=edits {
            let begin = if edits == 0 { Some(0) } else { edit(&trace, edits, at, size).map(|(x, _)| x) };
            let Some(mut x) = begin else { continue };
            while x < size.0 && x + edits - 2 * at < size.1 && old[x] == new[x + edits - 2 * at] {
                x += 1;
            }
            reached[at] = u32::try_from(x).ok();
            if (x, x + edits - 2 * at) == size {
                return back(&trace, edits, size);
            }
        }
        trace.push(reached);
    }
    Vec::new()
}

/// Where the last of so many edits leads on a diagonal, and whether it adds a line: the further of the two ways.
fn edit(trace: &[Reached], edits: usize, at: usize, (n, m): (usize, usize)) -> Option<(usize, bool)> {
    let before = trace.get(edits - 1)?;
    let reached = |at: usize| before.get(at).copied().flatten().map(|x| x as usize);
    let added = reached(at).filter(|x| *x <= n && x + edits - 2 * at <= m);
    let removed = at.checked_sub(1).and_then(reached).map(|x| x + 1).filter(|x| *x <= n && x + edits - 2 * at <= m);
    match (added, removed) {
        (Some(added), Some(removed)) if added >= removed => Some((added, true)),
        (_, Some(removed)) => Some((removed, false)),
        (added, None) => added.map(|x| (x, true)),
    }
}

/// Walks from the end back to the beginning, and gives what is kept on the way.
fn back(trace: &[Reached], edits: usize, size: (usize, usize)) -> Vec<(usize, usize)> {
    let ((mut x, mut y), mut kept) = (size, Vec::new());
    for edits in (1..=edits).rev() {
        let Some((to, added)) = edit(trace, edits, (x + edits - y) / 2, size) else { break };
        while x > to {
            (x, y) = (x - 1, y - 1);
            kept.push((x, y));
        }
        if added { y -= 1 } else { x -= 1 }
    }
    kept.extend((0..x).rev().zip((0..y).rev()));
    kept.reverse();
    kept
}

/// For each of `count` lines of the other text, the line of this one.
fn inverse(of_this: &[Option<usize>], count: usize) -> Vec<Option<usize>> {
    let mut of_other = vec![None; count];
    for (at, other) in of_this.iter().enumerate() {
        if let Some(slot) = other.and_then(|other| of_other.get_mut(other)) {
            *slot = Some(at);
        }
    }
    of_other
}

/// Moves each run of lines that only this text has as far down as the text allows.
fn slide(text: &[&[u8]], other: &mut [Option<usize>]) {
    let mut begin = 0;
    while let Some(found) = (begin..text.len()).find(|at| other[*at].is_none()) {
        let end_of_run = |from: usize| (from..text.len()).find(|at| other_is(other, *at)).unwrap_or(text.len());
        let (mut first, mut end) = (found, end_of_run(found));
        while end < text.len() && text[first] == text[end] {
            other[first] = other[end].take();
            first += 1;
            end = (end + 1..text.len()).find(|at| other_is(other, *at)).unwrap_or(text.len());
        }
        begin = end;
    }
}

fn other_is(other: &[Option<usize>], at: usize) -> bool {
    other.get(at).is_some_and(Option::is_some)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{align, lines};

    /// The lines of the text after, those that are new in brackets.
    fn shown(old: &str, new: &str) -> String {
        let (old, new) = (old.replace(' ', "\n"), new.replace(' ', "\n"));
        let (old, new) = (lines(old.as_bytes()), lines(new.as_bytes()));
        let word = |line: &[u8]| String::from_utf8_lossy(line).trim_end().to_owned();
        let all = align(&old, &new).into_iter().zip(&new);
        all.map(|(at, line)| if at.is_some() { word(line) } else { format!("[{}]", word(line)) })
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn what_is_new_is_told_from_what_was_there() {
        assert_eq!(shown("a b c ", "a x c "), "a [x] c");
        assert_eq!(shown("a b ", "x a b y "), "[x] a b [y]");
        assert_eq!(shown("", "a b "), "[a] [b]");
        assert_eq!(shown("a b ", ""), "");
        assert_eq!(shown("a b c d ", "a d "), "a d");
        assert_eq!(shown("a - b - ", "a - n - b - "), "a - [n] [-] b -", "a paragraph ends with its blank line");
        assert_eq!(shown("a a a ", "a a a a "), "a a a [a]");
        assert_eq!(shown("a b", "a b "), "a [b]", "a line feed at the end is a change of the line");
    }

    /// The most lines that two texts can have in common, in order.
    fn common(old: &[&[u8]], new: &[&[u8]]) -> usize {
        let mut row = vec![0; new.len() + 1];
        for a in old {
            let mut corner = 0;
            for (at, b) in new.iter().enumerate() {
                let over = row[at + 1];
                row[at + 1] = if a == b { corner + 1 } else { over.max(row[at]) };
                corner = over;
            }
        }
        row[new.len()]
    }

    proptest! {
        #[test]
        fn lines_keep_their_order_and_as_many_are_known_as_can_be(old in "[abc\n]{0,60}", new in "[abc\n]{0,60}") {
            let (old, new) = (lines(old.as_bytes()), lines(new.as_bytes()));
            let of = align(&old, &new);
            let known: Vec<_> = of.iter().enumerate().filter_map(|(at, old)| Some((at, (*old)?))).collect();
            prop_assert!(known.iter().all(|(at, is)| new[*at] == old[*is]));
            prop_assert!(known.windows(2).all(|two| two[0].1 < two[1].1));
            prop_assert_eq!(known.len(), common(&old, &new));
        }
    }
}
