//! Drawings as inline SVG: a figure against its baseline, and which decision took whose place.
//!
//! Each has a table beside it that says the same; a drawing alone says nothing to who cannot see it.

use maud::{Markup, html};

/// How wide drawings are, in their own units.
const WIDTH: f64 = 640.0;

/// A bar: what it is called, how long it is, and what stands at its end.
#[derive(Debug, Clone)]
pub(super) struct Bar<'a> {
    pub(super) name: &'a str,
    pub(super) value: f64,
    pub(super) label: String,
    /// Whether it is the one that the drawing is about.
    pub(super) strong: bool,
}

/// Draws bars that begin at nothing.
pub(super) fn bars(id: &str, title: &str, bars: &[Bar<'_>]) -> Markup {
    const ROW: f64 = 34.0;
    // On a phone a letter of the longest label is as wide as this.
    const LETTER: f64 = 12.5;
    let longest = bars.iter().map(|bar| bar.label.chars().count()).max().unwrap_or(0);
    let label = (20.0 + LETTER * f64::from(u32::try_from(longest).unwrap_or(0))).clamp(140.0, 420.0);
    let (left, room) = (90.0, WIDTH - 90.0 - label);
    let most = bars.iter().map(|bar| bar.value).fold(f64::MIN_POSITIVE, f64::max);
    let height = ROW * f64::from(u32::try_from(bars.len()).unwrap_or(0)) + 6.0;
    let rows = bars.iter().scan(4.0, |next, bar| {
        let top = *next;
        *next += ROW;
        // What is there is seen, however small it is beside the rest.
        Some((bar, top, (bar.value / most * room).max(2.0)))
    });
    html! {
        svg.chart role="img" aria-labelledby=(id) viewBox={ "0 0 " (WIDTH) " " (height) } {
            title id=(id) { (title) }
            @for (bar, top, length) in rows {
                text.axis x=(left - 12.0) y=(top + 17.0) text-anchor="end" { (bar.name) }
                rect class={ "bar" @if bar.strong { " bar-strong" } } x=(left) y=(top) width={ (format!("{length:.1}")) } height="24" rx="3" {}
                text.head x={ (format!("{:.1}", left + length + 10.0)) } y=(top + 17.0) { (bar.label) }
            }
            line.grid x1=(left) y1="0" x2=(left) y2=(height) {}
        }
    }
}

/// A box of a chain: where it leads, what stands in it, and who takes its place.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) address: String,
    pub(super) name: String,
    pub(super) title: String,
    /// A word below the title.
    pub(super) status: &'static str,
    /// Whether it is in force.
    pub(super) strong: bool,
    /// What takes its place, by index among the nodes; later ones, in columns further on.
    pub(super) next: Vec<usize>,
    pub(super) column: u32,
    pub(super) row: u32,
}

/// How many letters of a title stand in a box.
const TITLE_CHARS: usize = 27;

/// Draws boxes with arrows from each to those that take its place.
pub(super) fn chain(id: &str, title: &str, nodes: &[Node]) -> Markup {
    const BOX: (f64, f64) = (216.0, 62.0);
    const GAP: (f64, f64) = (44.0, 16.0);
    let place =
        |node: &Node| (1.0 + f64::from(node.column) * (BOX.0 + GAP.0), 1.0 + f64::from(node.row) * (BOX.1 + GAP.1));
    let most = |of: &dyn Fn(&Node) -> u32| f64::from(nodes.iter().map(of).max().unwrap_or(0) + 1);
    let width = most(&|node| node.column) * (BOX.0 + GAP.0) - GAP.0 + 2.0;
    let height = most(&|node| node.row) * (BOX.1 + GAP.1) - GAP.1 + 2.0;
    let arrows = nodes.iter().flat_map(|node| {
        let (x, y) = place(node);
        let from = (x + BOX.0, y + BOX.1 / 2.0);
        node.next.iter().filter_map(|&next| nodes.get(next)).map(move |next| {
            let (x, y) = place(next);
            let to = (x - 7.0, y + BOX.1 / 2.0);
            let middle = (from.0 + to.0) / 2.0;
            (format!("M{} {} C{middle} {} {middle} {} {} {}", from.0, from.1, from.1, to.1, to.0, to.1), to)
        })
    });
    html! {
        div.drawing tabindex="0" role="group" aria-labelledby=(id) {
            svg.chain role="group" aria-labelledby=(id) width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) } {
                title id=(id) { (title) }
                @for (way, (x, y)) in arrows {
                    path.arrow d=(way) {}
                    path.tip d={ "M" (x) " " (y - 4.0) " l7 4 l-7 4 z" } {}
                }
                @for node in nodes {
                    @let (x, y) = place(node);
                    a href=(node.address) {
                        title { (node.title) }
                        rect class={ "box" @if node.strong { " box-strong" } } x=(x) y=(y) width=(BOX.0) height=(BOX.1) rx="6" {}
                        text.place x=(x + 12.0) y=(y + 19.0) { (node.name) " · " (node.status) }
                        text.head x=(x + 12.0) y=(y + 42.0) { (short(&node.title)) }
                    }
                }
            }
        }
    }
}

fn short(title: &str) -> String {
    if title.chars().count() <= TITLE_CHARS {
        return title.to_owned();
    }
    let kept: String = title.chars().take(TITLE_CHARS - 1).collect();
    format!("{}…", kept.trim_end())
}
