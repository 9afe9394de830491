//! Two texts as lines that are read: what changed in each, with some lines around it.

use crate::library::Piece;

/// How many lines that are alike stand around a change.
const AROUND: usize = 2;

/// What became of a part of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Same,
    Removed,
    Added,
}

/// A part of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) sort: Sort,
    pub(super) text: String,
}

/// A line, or how many were left out because they are alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Row {
    Line { parts: Vec<Part>, changed: bool },
    Left(usize),
}

/// Puts what changed word by word into lines, and leaves out what is far from every change.
pub(super) fn rows(pieces: &[Piece]) -> Vec<Row> {
    let lines = lines(pieces);
    let changed: Vec<usize> = (0..lines.len()).filter(|&at| is_changed(lines.get(at))).collect();
    let is_near = |at: usize| {
        let next = changed.partition_point(|&change| change < at);
        let near = |place: Option<&usize>| place.is_some_and(|change| change.abs_diff(at) <= AROUND);
        near(changed.get(next)) || near(next.checked_sub(1).and_then(|before| changed.get(before)))
    };
    let mut rows: Vec<Row> = Vec::new();
    for (at, parts) in lines.into_iter().enumerate() {
        let changed = parts.iter().any(|part| part.sort != Sort::Same);
        match rows.last_mut() {
            _ if is_near(at) => rows.push(Row::Line { parts, changed }),
            Some(Row::Left(count)) => *count += 1,
            _ => rows.push(Row::Left(1)),
        }
    }
    rows
}

fn is_changed(line: Option<&Vec<Part>>) -> bool {
    line.is_some_and(|parts| parts.iter().any(|part| part.sort != Sort::Same))
}

/// The lines of both texts in one: a line break that was taken out or put in ends a line as well.
fn lines(pieces: &[Piece]) -> Vec<Vec<Part>> {
    let mut lines = vec![Vec::new()];
    for piece in pieces {
        let (sort, text) = match piece {
            Piece::Same(text) => (Sort::Same, text),
            Piece::Removed(text) => (Sort::Removed, text),
            Piece::Added(text) => (Sort::Added, text),
        };
        for (at, part) in text.split('\n').enumerate() {
            if at > 0 {
                if sort != Sort::Same
                    && let Some(line) = lines.last_mut()
                {
                    // A break that is new or gone is to be seen.
                    line.push(Part { sort, text: "↵".to_owned() });
                }
                lines.push(Vec::new());
            }
            if let Some(line) = lines.last_mut().filter(|_| !part.is_empty()) {
                line.push(Part { sort, text: part.to_owned() });
            }
        }
    }
    if lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{Row, Sort, rows};
    use crate::library::Piece;

    #[test]
    fn changes_stand_in_their_lines_and_what_is_alike_is_counted() {
        let same = |text: &str| Piece::Same(text.to_owned());
        let pieces = [
            same("1\n2\n3\n4\nfive "),
            Piece::Removed("six".to_owned()),
            Piece::Added("seven".to_owned()),
            same("\n6\n7\n8\n9\n"),
        ];
        let shown: Vec<String> = rows(&pieces)
            .iter()
            .map(|row| match row {
                Row::Left(count) => format!("({count})"),
                Row::Line { parts, changed } => {
                    let part = |part: &super::Part| match part.sort {
                        Sort::Same => part.text.clone(),
                        Sort::Removed => format!("-{}-", part.text),
                        Sort::Added => format!("+{}+", part.text),
                    };
                    format!("{}{}", if *changed { "*" } else { "" }, parts.iter().map(part).collect::<String>())
                }
            })
            .collect();
        assert_eq!(shown, ["(2)", "3", "4", "*five -six-+seven+", "6", "7", "(2)"]);
        assert_eq!(rows(&[same("a\nb\nc\n")]), [Row::Left(3)]);
        assert_eq!(rows(&[]), []);
        let broken = rows(&[same("a"), Piece::Added("\n".to_owned()), same("b\n")]);
        assert_eq!(broken.len(), 2, "a break that was put in makes two lines: {broken:?}");
    }
}
