//! Mermaid's flowcharts, read: nodes with their shapes and words, edges with theirs.
//!
//! `graph` and `flowchart` with chains, `&`, the shapes and links of Mermaid's documentation; lines that say how something
//! looks or what a click does are left out. Whatever else there is makes the whole thing unread, and so does anything
//! beyond the limits: half a drawing says something that its author did not.

use crate::site::body::figure;

/// A longer source is not drawn.
const LIMIT_BYTES: usize = 8 * 1024;
const LIMIT_NODES: usize = 60;
const LIMIT_EDGES: usize = 120;

/// Where the first node stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Down,
    Up,
    Right,
    Left,
}

/// What a node looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Box,
    Round,
    Diamond,
}

/// A node: its words, line by line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) lines: Vec<String>,
    pub(super) shape: Shape,
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stroke {
    Plain,
    Dotted,
    Thick,
}

/// An edge between two nodes, by their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) label: String,
    pub(super) stroke: Stroke,
    /// Whether there is a tip at its beginning, and at its end.
    pub(super) tips: (bool, bool),
}

/// A flowchart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chart {
    pub(super) direction: Direction,
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
}

/// Shapes: what opens and what closes them. One that begins with another's opening stands before it.
const SHAPES: [(&str, &str, Shape); 13] = [
    ("(((", ")))", Shape::Round),
    ("((", "))", Shape::Round),
    ("([", "])", Shape::Round),
    ("[[", "]]", Shape::Box),
    ("[(", ")]", Shape::Round),
    ("[/", "/]", Shape::Box),
    ("[/", "\\]", Shape::Box),
    ("[\\", "\\]", Shape::Box),
    ("{{", "}}", Shape::Diamond),
    ("{", "}", Shape::Diamond),
    ("(", ")", Shape::Round),
    ("[", "]", Shape::Box),
    (">", "]", Shape::Box),
];

/// What a line begins with that says nothing of what there is.
const LOOKS: [&str; 8] = ["classDef ", "class ", "style ", "linkStyle ", "click ", "accTitle", "accDescr", "%%"];

/// Reads a flowchart.
pub(super) fn read(source: &str) -> Option<Chart> {
    if source.len() > LIMIT_BYTES {
        return None;
    }
    let mut lines = source.lines().flat_map(statements).filter(|line| !line.is_empty() && !line.starts_with("%%"));
    let mut head = lines.next()?.split_whitespace();
    if !matches!(head.next()?, "graph" | "flowchart" | "flowchart-elk") {
        return None;
    }
    let direction = match head.next().unwrap_or("TD") {
        "TD" | "TB" => Direction::Down,
        "BT" => Direction::Up,
        "LR" => Direction::Right,
        "RL" => Direction::Left,
        _ => return None,
    };
    let mut chart = Chart { direction, nodes: Vec::new(), edges: Vec::new() };
    for line in lines.filter(|line| !LOOKS.iter().any(|looks| line.starts_with(looks))) {
        Line { rest: line, chart: &mut chart }.read()?;
    }
    let whole = !chart.nodes.is_empty() && head.next().is_none();
    whole.then_some(chart)
}

/// The statements of a line: a semicolon ends one, but not in words.
fn statements(line: &str) -> Vec<&str> {
    let (mut found, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0_i32, false);
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '[' | '(' | '{' if !quoted => depth += 1,
            ']' | ')' | '}' if !quoted => depth -= 1,
            ';' if !quoted && depth == 0 => {
                found.push(line.get(start..at).unwrap_or_default().trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(line.get(start..).unwrap_or_default().trim());
    found
}

struct Line<'l, 'c> {
    rest: &'l str,
    chart: &'c mut Chart,
}

struct Link {
    label: String,
    stroke: Stroke,
    tips: (bool, bool),
}

impl<'l> Line<'l, '_> {
    /// Reads nodes and the links between them, to the line's end.
    fn read(mut self) -> Option<()> {
        let mut before = self.group()?;
        while !self.rest.is_empty() {
            let link = self.link()?;
            let after = self.group()?;
            for &from in &before {
                for &to in &after {
                    let Link { ref label, stroke, tips } = link;
                    self.chart.edges.push(Edge { from, to, label: label.clone(), stroke, tips });
                    // What leads to itself has no place between two rows.
                    if from == to || self.chart.edges.len() > LIMIT_EDGES {
                        return None;
                    }
                }
            }
            before = after;
        }
        Some(())
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, mark: &str) -> bool {
        let rest = self.rest.strip_prefix(mark);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// What stands before a mark; the mark goes, too.
    fn until(&mut self, mark: &str) -> Option<&'l str> {
        let (before, after) = self.rest.split_once(mark)?;
        self.rest = after;
        Some(before)
    }

    /// `a & b`
    fn group(&mut self) -> Option<Vec<usize>> {
        let mut nodes = vec![self.node()?];
        while self.take("&") {
            nodes.push(self.node()?);
        }
        Some(nodes)
    }

    fn node(&mut self) -> Option<usize> {
        self.blanks();
        let name = self.name();
        if name.is_empty() || matches!(name, "subgraph" | "end" | "direction") {
            return None;
        }
        let node = self.chart.nodes.iter().position(|node| node.name == name);
        let node = node.unwrap_or_else(|| {
            let lines = vec![name.to_owned()];
            self.chart.nodes.push(Node { name: name.to_owned(), lines, shape: Shape::Box });
            self.chart.nodes.len() - 1
        });
        if let Some((lines, shape)) = self.shape()? {
            let node = self.chart.nodes.get_mut(node)?;
            (node.lines, node.shape) = (lines, shape);
        }
        if self.take(":::") {
            self.name();
        }
        self.blanks();
        (self.chart.nodes.len() <= LIMIT_NODES).then_some(node)
    }

    /// A name: letters and digits, with single hyphens and points inside.
    fn name(&mut self) -> &'l str {
        let mut end = 0;
        for (at, c) in self.rest.char_indices() {
            let next = self.rest.get(at + 1..).and_then(|rest| rest.chars().next());
            let inside = c.is_alphanumeric()
                || c == '_'
                || matches!(c, '-' | '.') && at > 0 && next.is_some_and(char::is_alphanumeric);
            if !inside {
                break;
            }
            end = at + c.len_utf8();
        }
        let (name, rest) = self.rest.split_at_checked(end).unwrap_or(("", self.rest));
        self.rest = rest;
        name
    }

    /// The shape behind a name, with its words: `Some(None)` where there is none, `None` for one that is not closed.
    fn shape(&mut self) -> Option<Option<(Vec<String>, Shape)>> {
        let rest = self.rest;
        for (open, close, shape) in SHAPES {
            if !self.take(open) {
                continue;
            }
            let words = if self.take("\"") {
                let words = self.until("\"")?;
                self.take(close).then_some(words)
            } else {
                self.until(close).filter(|words| !words.contains(['"', '[', ']', '{', '}', '(', ')']))
            };
            if let Some(words) = words {
                return Some(Some((lines(words)?, shape)));
            }
            self.rest = rest;
        }
        let open = self.rest.starts_with(['[', '(', '{', '>']);
        (!open).then_some(None)
    }

    fn link(&mut self) -> Option<Link> {
        let before = self.take("<");
        let (stroke, dash) = match self.rest.get(..2)? {
            "--" => (Stroke::Plain, '-'),
            "==" => (Stroke::Thick, '='),
            "-." => (Stroke::Dotted, '.'),
            _ => return None,
        };
        self.rest = self.rest.get(2..)?;
        let open = match stroke {
            Stroke::Dotted => self.rest.starts_with(['-', '.']),
            _ => self.rest.starts_with([dash, '>']),
        };
        let mut label = "";
        if !open {
            // `-- words -->`
            let close = match stroke {
                Stroke::Plain => "--",
                Stroke::Thick => "==",
                Stroke::Dotted => ".-",
            };
            label = self.until(close)?;
        }
        self.rest = self.rest.trim_start_matches(['-', '=', '.']);
        let after = self.take(">");
        self.blanks();
        if label.is_empty() && self.take("|") {
            label = self.until("|")?;
        }
        let label = lines(label.trim().trim_matches('"'))?.join(" ");
        Some(Link { label, stroke, tips: (before, after) })
    }
}

/// Words of a label, line by line.
fn lines(words: &str) -> Option<Vec<String>> {
    const LINE_CHARS: usize = 26;
    figure::lines(words.trim().trim_matches('`'), LINE_CHARS)
}

#[cfg(test)]
mod tests {
    use super::{Direction, Shape, Stroke, read};

    /// Nodes as `name=words`, edges as `from>to`, with their words.
    fn shown(source: &str) -> Option<String> {
        let chart = read(source)?;
        let nodes = chart.nodes.iter().map(|node| format!("{}={}", node.name, node.lines.join("/")));
        let edges = chart.edges.iter().map(|edge| {
            let name = |at: usize| chart.nodes[at].name.as_str();
            let tip = if edge.tips.1 { ">" } else { "-" };
            format!("{}{tip}{}{}", name(edge.from), name(edge.to), edge.label.replace(' ', "_"))
        });
        Some(nodes.chain(edges).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn nodes_and_links_are_read() {
        for (source, expected) in [
            ("graph TD\n  A --> B", "A=A B=B A>B"),
            ("flowchart LR; a[One two]-->|yes|b{Sure?}; b-- no -->c((C))", "a=One two b=Sure? c=C a>byes b>cno"),
            ("graph\na & b --> c & d", "a=a b=b c=c d=d a>c a>d b>c b>d"),
            ("graph TB\na-.->b==>c---d\nb -. so it is .-> e", "a=a b=b c=c d=d e=e a>b b>c c-d b>eso_it_is"),
            (
                "graph TD\n%% said\nA[\"(x) [y]<br/>z\"]:::big --> B([end of it])\nclassDef big fill:#f00\nclick A href \"x\"",
                "A=(x) [y]/z B=end of it A>B",
            ),
            (
                "graph TD\nfirst-step --> second.step\nx_1",
                "first-step=first-step second.step=second.step x_1=x_1 first-step>second.step",
            ),
        ] {
            assert_eq!(shown(source).as_deref(), Some(expected), "{source}");
        }
        let chart = read("graph RL\na{x} <--> b(y)\na -.-> b").unwrap();
        assert_eq!(chart.direction, Direction::Left);
        assert_eq!((chart.nodes[0].shape, chart.nodes[1].shape), (Shape::Diamond, Shape::Round));
        assert_eq!((chart.edges[0].tips, chart.edges[1].stroke), ((true, true), Stroke::Dotted));
    }

    #[test]
    fn what_is_not_understood_is_not_drawn_in_part() {
        let many = format!("graph TD\n{}", (0..61).map(|at| format!("a{at}\n")).collect::<String>());
        let full = format!(
            "graph TD\n{} --> {}",
            ["a"; 12].join(" & "),
            (0..12).map(|at| format!("b{at}")).collect::<Vec<_>>().join(" & ")
        );
        for source in [
            "",
            "sequenceDiagram\nA->>B: x",
            "graph TD\nsubgraph x\na\nend",
            "graph TD\na[x --> b",
            "graph TD\na --> a",
            "graph TD\na ~~~ b",
            "graph XY\na",
            "graph TD\na --> ",
            "graph TD",
            &format!("graph TD\na[{}]", "x".repeat(300)),
            &format!("graph TD\n{}", "%".repeat(9000)),
            &many,
            &full,
        ] {
            assert_eq!(read(source), None, "{source}");
        }
    }
}
