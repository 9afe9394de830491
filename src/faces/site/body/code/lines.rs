//! What is read line by line: differences, and sessions at a terminal.

use super::{Class, Cutter, line_end, rules, scanner};

/// The places where lines begin and end, without their line breaks.
fn lines(text: &str) -> impl Iterator<Item = (usize, usize)> + use<'_> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        (at < bytes.len()).then(|| {
            let line = (at, line_end(bytes, at));
            at = line.1 + 1;
            line
        })
    })
}

/// A difference as `diff` and git write it.
pub(super) fn difference(cut: &mut Cutter<'_>) {
    let text = cut.text;
    for (from, to) in lines(text) {
        let line = text.get(from..to).unwrap_or_default();
        let head = ["+++", "---", "@@", "diff ", "index ", "new file", "deleted file", "rename ", "similarity "];
        if head.iter().any(|head| line.starts_with(head)) {
            cut.mark(Class::Keyword, from, to);
        } else if line.starts_with(['+', '>']) {
            cut.mark(Class::New, from, to);
        } else if line.starts_with(['-', '<']) {
            cut.mark(Class::Old, from, to);
        }
    }
}

/// A session: what a person typed is read as commands, what the machine said stays plain. Without any prompt, all of it
/// was typed.
pub(super) fn session(cut: &mut Cutter<'_>) {
    let Some(shell) = rules::of("sh") else { return };
    let text = cut.text;
    if !lines(text).any(|(from, to)| prompt(text.get(from..to).unwrap_or_default()) > 0) {
        return scanner::scan(shell, cut, 0..text.len());
    }
    // Where the command begins that is being read.
    let mut typed = None;
    for (from, to) in lines(text) {
        let line = text.get(from..to).unwrap_or_default();
        let prompt = prompt(line);
        if prompt > 0 {
            cut.mark(Class::Comment, from, from + prompt);
            typed = Some(from + prompt);
        }
        if !line.ends_with('\\')
            && let Some(from) = typed.take()
        {
            scanner::scan(shell, cut, from..to);
        }
    }
    if let Some(from) = typed {
        scanner::scan(shell, cut, from..text.len());
    }
}

/// How long the prompt is that a line begins with: `$ `, `# `, `% `, `> `, `>>> `, with somebody's name and folder before
/// it or not.
fn prompt(line: &str) -> usize {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let rest = line.get(indent..).unwrap_or_default();
    if let Some(mark) = [">>> ", "$ ", "# ", "% ", "> "].iter().find(|mark| rest.starts_with(**mark)) {
        return indent + mark.len();
    }
    let name = rest.split(' ').next().unwrap_or_default();
    let shell = name.contains('@') && name.ends_with(['$', '#', '%']) || name.starts_with("PS") && name.ends_with('>');
    if shell && name.len() < rest.len() { indent + name.len() + 1 } else { 0 }
}
