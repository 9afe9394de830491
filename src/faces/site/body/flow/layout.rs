//! Where the parts of a flowchart stand: rows by how far a node is from the first, then an order in each row with few
//! crossings, then places (after Sugiyama, Tagawa and Toda, 1981).
//!
//! Every step is bounded by the chart's limits and takes the same turns for the same chart.

use super::chart::{Chart, Direction, Node, Shape};
use crate::site::body::figure::{LINE_HEIGHT, lines_width, number, text_width};

const MARGIN: f64 = 8.0;
/// Between nodes of a row, and between rows.
const BESIDE: f64 = 26.0;
const BETWEEN: f64 = 44.0;

/// How often rows are put in order.
const SWEEPS: usize = 8;

/// A node's box, or an edge's place in a row that it passes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// Its middle.
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Everything's place, in the drawing's own units.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    /// One a node.
    pub(super) nodes: Vec<Place>,
    /// One an edge: the points that it passes, from its beginning to its end.
    pub(super) edges: Vec<Vec<(f64, f64)>>,
}

fn size(node: &Node) -> (f64, f64) {
    let words = lines_width(&node.lines).max(20.0);
    let lines = number(node.lines.len());
    match node.shape {
        Shape::Diamond => (words * 1.5 + 36.0, lines * LINE_HEIGHT * 1.6 + 30.0),
        Shape::Box | Shape::Round => (words + 28.0, lines * LINE_HEIGHT + 20.0),
    }
}

/// A part of a row: a node, or an edge that goes on. Sizes are along the row and across it.
#[derive(Debug, Clone)]
struct Part {
    row: usize,
    along: f64,
    across: f64,
    middle: f64,
    above: Vec<usize>,
    below: Vec<usize>,
}

/// Gives everything its place.
pub(super) fn lay_out(chart: &Chart) -> Layout {
    let flat = matches!(chart.direction, Direction::Right | Direction::Left);
    let turned = back_edges(chart);
    let rows = rows(chart, &turned);
    let mut parts: Vec<Part> = chart
        .nodes
        .iter()
        .zip(&rows)
        .map(|(node, &row)| {
            let (width, height) = size(node);
            let (along, across) = if flat { (height, width) } else { (width, height) };
            Part { row, along, across, middle: 0.0, above: Vec::new(), below: Vec::new() }
        })
        .collect();
    let chains: Vec<Vec<usize>> =
        chart.edges.iter().zip(&turned).map(|(edge, &turned)| chain(edge.from, edge.to, turned, &mut parts)).collect();
    let mut order = order(&parts);
    place_along(&mut parts, &mut order);
    let (tops, total) = tops(chart, &parts, &turned, flat);
    let least = parts.iter().map(|part| part.middle - part.along / 2.0).fold(f64::MAX, f64::min);
    let most = parts.iter().map(|part| part.middle + part.along / 2.0).fold(f64::MIN, f64::max);
    let (long, wide) = (total + 2.0 * MARGIN, most - least + 2.0 * MARGIN);
    // From rows to the drawing: along a row, and down the rows.
    let turn = |along: f64, down: f64| {
        let (along, down) = (along - least + MARGIN, down + MARGIN);
        match chart.direction {
            Direction::Down => (along, down),
            Direction::Up => (along, long - down),
            Direction::Right => (down, along),
            Direction::Left => (long - down, along),
        }
    };
    let top = |row: usize| tops.get(row).copied().unwrap_or_default();
    let nodes = parts.iter().take(chart.nodes.len()).map(|part| {
        let (x, y) = turn(part.middle, top(part.row).0 + top(part.row).1 / 2.0);
        let (width, height) = if flat { (part.across, part.along) } else { (part.along, part.across) };
        Place { x, y, width, height }
    });
    let ports = ports(&parts, &chains);
    let edges = chains.iter().zip(&ports).zip(&turned).map(|((chain, ports), &turned)| {
        let mut points = points(&parts, chain, *ports, &top);
        if turned {
            points.reverse();
        }
        points.into_iter().map(|(along, down)| turn(along, down)).collect()
    });
    let (width, height) = if flat { (long, wide) } else { (wide, long) };
    Layout { width, height, nodes: nodes.collect(), edges: edges.collect() }
}

/// Which edges lead back to where one came from: they are laid out the other way round.
fn back_edges(chart: &Chart) -> Vec<bool> {
    let mut turned = vec![false; chart.edges.len()];
    // 0: not seen, 1: on the way, 2: done.
    let mut state = vec![0_u8; chart.nodes.len()];
    for start in 0..chart.nodes.len() {
        let mut way = vec![(start, 0)];
        if state.get(start) != Some(&0) {
            continue;
        }
        while let Some((node, next)) = way.pop() {
            if let Some(state) = state.get_mut(node) {
                *state = 1;
            }
            let found = chart.edges.iter().enumerate().skip(next).find(|(_, edge)| edge.from == node);
            let Some((at, edge)) = found else {
                if let Some(state) = state.get_mut(node) {
                    *state = 2;
                }
                continue;
            };
            way.push((node, at + 1));
            match state.get(edge.to) {
                Some(1) => turned.iter_mut().skip(at).take(1).for_each(|turned| *turned = true),
                Some(0) => way.push((edge.to, 0)),
                _ => {}
            }
        }
    }
    turned
}

/// The row of each node: one more than that of any that leads to it.
fn rows(chart: &Chart, turned: &[bool]) -> Vec<usize> {
    let mut rows = vec![0_usize; chart.nodes.len()];
    // Without edges that lead back, this comes to rest after as many rounds as there are nodes.
    for _ in 0..chart.nodes.len() {
        let mut moved = false;
        for (edge, &turned) in chart.edges.iter().zip(turned) {
            let (from, to) = if turned { (edge.to, edge.from) } else { (edge.from, edge.to) };
            let least = rows.get(from).copied().unwrap_or_default() + 1;
            if let Some(row) = rows.get_mut(to).filter(|row| **row < least) {
                (*row, moved) = (least, true);
            }
        }
        if !moved {
            break;
        }
    }
    rows
}

/// The parts that an edge passes, from the upper to the lower end; new ones for rows between.
fn chain(from: usize, to: usize, turned: bool, parts: &mut Vec<Part>) -> Vec<usize> {
    let (upper, lower) = if turned { (to, from) } else { (from, to) };
    let row = |at: usize, parts: &[Part]| parts.get(at).map_or(0, |part| part.row);
    let mut chain = vec![upper];
    for row in row(upper, parts) + 1..row(lower, parts) {
        parts.push(Part { row, along: 10.0, across: 0.0, middle: 0.0, above: Vec::new(), below: Vec::new() });
        chain.push(parts.len() - 1);
    }
    chain.push(lower);
    for (&above, &below) in chain.iter().zip(chain.iter().skip(1)) {
        parts.iter_mut().skip(above).take(1).for_each(|part| part.below.push(below));
        parts.iter_mut().skip(below).take(1).for_each(|part| part.above.push(above));
    }
    chain
}

/// The parts of each row, in an order with few crossings: each stands where its neighbours are, up and down in turn.
fn order(parts: &[Part]) -> Vec<Vec<usize>> {
    let count = parts.iter().map(|part| part.row + 1).max().unwrap_or(0);
    let mut order: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (at, part) in parts.iter().enumerate() {
        order.iter_mut().skip(part.row).take(1).for_each(|row| row.push(at));
    }
    let mut rank = vec![0.0; parts.len()];
    for sweep in 0..SWEEPS {
        for step in 0..count {
            let downwards = sweep % 2 == 0;
            let row = if downwards { step } else { count - 1 - step };
            let Some(row) = order.get_mut(row) else { continue };
            let mut wanted: Vec<(f64, usize)> = row
                .iter()
                .enumerate()
                .map(|(place, &at)| {
                    let near = parts.get(at).map_or(&[][..], |part| if downwards { &part.above } else { &part.below });
                    (mean(near.iter().filter_map(|&at| rank.get(at).copied())).unwrap_or(number(place)), at)
                })
                .collect();
            wanted.sort_by(|one, other| one.0.total_cmp(&other.0));
            *row = wanted.into_iter().map(|(_, at)| at).collect();
            for (place, &at) in row.iter().enumerate() {
                rank.iter_mut().skip(at).take(1).for_each(|rank| *rank = number(place));
            }
        }
    }
    order
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

/// Gives every part its middle along its row: near the middle of its neighbours, and beside the one before it.
fn place_along(parts: &mut [Part], order: &mut [Vec<usize>]) {
    for row in order.iter() {
        pack(parts, row, &vec![0.0; row.len()]);
    }
    for sweep in 0..SWEEPS {
        let count = order.len();
        for step in 0..count {
            let downwards = sweep % 2 == 0;
            let Some(row) = order.get(if downwards { step } else { count - 1 - step }) else { continue };
            let wanted: Vec<f64> = row
                .iter()
                .map(|&at| {
                    let Some(part) = parts.get(at) else { return 0.0 };
                    let near = if downwards { &part.above } else { &part.below };
                    mean(near.iter().filter_map(|&at| Some(parts.get(at)?.middle))).unwrap_or(part.middle)
                })
                .collect();
            pack(parts, row, &wanted);
        }
    }
}

/// Puts a row's parts where they are wanted, as far as they leave each other room, and the row over the mean of that.
fn pack(parts: &mut [Part], row: &[usize], wanted: &[f64]) {
    let mut edge = f64::MIN;
    let mut off = Vec::with_capacity(row.len());
    for (&at, &wanted) in row.iter().zip(wanted) {
        let Some(part) = parts.get_mut(at) else { continue };
        part.middle = wanted.max(edge + part.along / 2.0);
        edge = part.middle + part.along / 2.0 + BESIDE;
        off.push(wanted - part.middle);
    }
    let shift = mean(off.into_iter()).unwrap_or_default();
    for &at in row {
        parts.iter_mut().skip(at).take(1).for_each(|part| part.middle += shift);
    }
}

/// Where each row begins and how thick it is, and how far all of them reach. Words of edges need room between rows.
fn tops(chart: &Chart, parts: &[Part], turned: &[bool], flat: bool) -> (Vec<(f64, f64)>, f64) {
    let count = parts.iter().map(|part| part.row + 1).max().unwrap_or(0);
    let mut thick = vec![0.0_f64; count];
    for part in parts {
        thick.iter_mut().skip(part.row).take(1).for_each(|thick| *thick = thick.max(part.across));
    }
    let mut gaps = vec![BETWEEN; count];
    for (edge, &turned) in chart.edges.iter().zip(turned).filter(|(edge, _)| !edge.label.is_empty()) {
        let upper = if turned { edge.to } else { edge.from };
        let room = if flat { text_width(&edge.label) + 36.0 } else { BETWEEN + LINE_HEIGHT };
        let row = parts.get(upper).map_or(0, |part| part.row);
        gaps.iter_mut().skip(row).take(1).for_each(|gap| *gap = gap.max(room));
    }
    let mut at = 0.0;
    let mut tops = Vec::with_capacity(count);
    for (thick, gap) in thick.into_iter().zip(gaps) {
        tops.push((at, thick));
        at += thick + gap;
    }
    let total = tops.last().map_or(0.0, |(top, thick)| top + thick);
    (tops, total)
}

/// How far from the middle of its ends each edge begins and ends: those that share a side stand beside each other.
fn ports(parts: &[Part], chains: &[Vec<usize>]) -> Vec<(f64, f64)> {
    let middle = |at: Option<&usize>| at.and_then(|&at| parts.get(at)).map_or(0.0, |part| part.middle);
    let mut ports = vec![(0.0, 0.0); chains.len()];
    for (at, part) in parts.iter().enumerate() {
        for below in [true, false] {
            let here = |chain: &&Vec<usize>| if below { chain.first() == Some(&at) } else { chain.last() == Some(&at) };
            let mut there: Vec<usize> =
                chains.iter().enumerate().filter(|(_, chain)| here(chain)).map(|(edge, _)| edge).collect();
            let other = |edge: &usize| {
                let chain = chains.get(*edge);
                middle(chain.and_then(|chain| if below { chain.get(1) } else { chain.iter().rev().nth(1) }))
            };
            there.sort_by(|one, two| other(one).total_cmp(&other(two)));
            let step = (part.along * 0.6 / number(there.len().max(1))).min(18.0);
            for (place, &edge) in there.iter().enumerate() {
                let port = (number(place) - (number(there.len()) - 1.0) / 2.0) * step;
                for ports in ports.iter_mut().skip(edge).take(1) {
                    *(if below { &mut ports.0 } else { &mut ports.1 }) = port;
                }
            }
        }
    }
    ports
}

/// The points that an edge passes, from its upper end to its lower one: along the row, and down the rows.
fn points(parts: &[Part], chain: &[usize], ports: (f64, f64), top: &dyn Fn(usize) -> (f64, f64)) -> Vec<(f64, f64)> {
    let last = chain.len().saturating_sub(1);
    let mut points = Vec::with_capacity(2 * chain.len());
    for (place, part) in chain.iter().enumerate().filter_map(|(place, &at)| Some((place, parts.get(at)?))) {
        let (start, thick) = top(part.row);
        let centre = start + thick / 2.0;
        match place {
            0 => points.push((part.middle + ports.0, centre + part.across / 2.0)),
            _ if place == last => points.push((part.middle + ports.1, centre - part.across / 2.0)),
            // What passes a row goes straight through it, between its nodes.
            _ => points.extend([(part.middle, start), (part.middle, start + thick)]),
        }
    }
    points
}
