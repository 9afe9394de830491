//! Flowcharts as drawings: what Mermaid's `graph` and `flowchart` say, with the source below for who cannot see it.
//!
//! Drawn on the server, of elements that carry classes and no styles, so that they fit every scheme and the page's policy.
//! What is not understood whole is left to be shown as code.

mod chart;
mod layout;

use super::figure::{self, Anchor, Caption, counted, n, write_lines};
use super::writer::Writer;
use chart::{Chart, Direction, Edge, Node, Shape, Stroke};
use layout::{Layout, Place, lay_out};

/// Half of a tip's width, and its length.
const TIP: (f64, f64) = (4.0, 8.0);

/// Draws a flowchart; `false` leaves it to be shown as code.
pub(super) fn write(source: &str, writer: &mut Writer) -> bool {
    let Some(chart) = chart::read(source) else { return false };
    let layout = lay_out(&chart);
    let (steps, links) = (counted(chart.nodes.len(), "step"), counted(chart.edges.len(), "link"));
    let label = format!("{steps}, {links} between them; the text is below");
    let caption = Caption { kind: "Flowchart", label: &label, summary: "The flowchart as text" };
    figure::write(caption, (layout.width, layout.height), source, writer, |writer| draw(&chart, &layout, writer));
    true
}

fn draw(chart: &Chart, layout: &Layout, writer: &mut Writer) {
    for (edge, points) in chart.edges.iter().zip(&layout.edges) {
        draw_edge(chart, edge, points, writer);
    }
    for (node, place) in chart.nodes.iter().zip(&layout.nodes) {
        draw_node(node, place, writer);
    }
    // Words last: no line crosses them out.
    for (edge, points) in chart.edges.iter().zip(&layout.edges).filter(|(edge, _)| !edge.label.is_empty()) {
        let middle = points.len() / 2;
        if let (Some(one), Some(other)) = (points.get(middle.saturating_sub(1)), points.get(middle)) {
            let (x, y) = (n(f64::midpoint(one.0, other.0)), n(f64::midpoint(one.1, other.1) + 4.5));
            writer.element("text", &[("class", "said"), ("x", &x), ("y", &y), ("text-anchor", "middle")], &edge.label);
        }
    }
}

fn draw_node(node: &Node, place: &Place, writer: &mut Writer) {
    let Place { x, y, width, height } = *place;
    if node.shape == Shape::Diamond {
        let (left, right, top, bottom) = (x - width / 2.0, x + width / 2.0, y - height / 2.0, y + height / 2.0);
        let way =
            format!("M{} {} L{} {} L{} {} L{} {} z", n(left), n(y), n(x), n(top), n(right), n(y), n(x), n(bottom));
        writer.element("path", &[("class", "box"), ("d", &way)], "");
    } else {
        let round = if node.shape == Shape::Round { height / 2.0 } else { 6.0 };
        let corner = (n(x - width / 2.0), n(y - height / 2.0));
        let sizes = [("width", &*n(width)), ("height", &*n(height)), ("rx", &*n(round.min(20.0)))]
            .map(|(name, value)| (name, value.to_owned()));
        let sizes = sizes.iter().map(|(name, value)| (*name, value.as_str()));
        let own = [("class", "box"), ("x", corner.0.as_str()), ("y", corner.1.as_str())];
        writer.element("rect", &own.into_iter().chain(sizes).collect::<Vec<_>>(), "");
    }
    write_lines(&node.lines, None, (x, y), Anchor::Middle, writer);
}

fn draw_edge(chart: &Chart, edge: &Edge, points: &[(f64, f64)], writer: &mut Writer) {
    let (Some(&first), Some(&last)) = (points.first(), points.last()) else { return };
    let flat = matches!(chart.direction, Direction::Right | Direction::Left);
    let mut points = points.to_vec();
    // A line ends where its tip begins.
    let at = points.len() - 1;
    let near = (points.get(1).copied().unwrap_or(last), points.get(at.saturating_sub(1)).copied().unwrap_or(first));
    let from = edge.tips.0.then(|| shorten(&mut points, 0, near.0, flat));
    let to = edge.tips.1.then(|| shorten(&mut points, at, near.1, flat));
    let mut way = String::new();
    for (place, &(x, y)) in points.iter().enumerate() {
        let before = place.checked_sub(1).and_then(|before| points.get(before));
        way.push_str(&match before {
            None => format!("M{} {}", n(x), n(y)),
            Some(&(left, _)) if flat => {
                let middle = n(f64::midpoint(left, x));
                let over = before.map_or(0.0, |before| before.1);
                format!(" C{middle} {} {middle} {} {} {}", n(over), n(y), n(x), n(y))
            }
            Some(&(left, top)) => {
                let middle = n(f64::midpoint(top, y));
                format!(" C{} {middle} {} {middle} {} {}", n(left), n(x), n(x), n(y))
            }
        });
    }
    let class = match edge.stroke {
        Stroke::Plain => "arrow",
        Stroke::Dotted => "arrow arrow-dotted",
        Stroke::Thick => "arrow arrow-thick",
    };
    writer.element("path", &[("class", class), ("d", &way)], "");
    for (tip, sign) in [(first, from), (last, to)].into_iter().filter_map(|(tip, sign)| Some((tip, sign?))) {
        let (x, y) = tip;
        let base = sign * TIP.1;
        let (one, other) = if flat {
            ((x - base, y - TIP.0), (x - base, y + TIP.0))
        } else {
            ((x - TIP.0, y - base), (x + TIP.0, y - base))
        };
        let way = format!("M{} {} L{} {} L{} {} z", n(x), n(y), n(one.0), n(one.1), n(other.0), n(other.1));
        writer.element("path", &[("class", "tip"), ("d", &way)], "");
    }
}

/// Moves an end back by the length of a tip; gives the direction in which the tip points, 1 or -1.
fn shorten(points: &mut [(f64, f64)], at: usize, near: (f64, f64), flat: bool) -> f64 {
    let Some(end) = points.get_mut(at) else { return 1.0 };
    let ahead = if flat { end.0 >= near.0 } else { end.1 >= near.1 };
    let sign = if ahead { 1.0 } else { -1.0 };
    *(if flat { &mut end.0 } else { &mut end.1 }) -= sign * TIP.1;
    sign
}
