//! Charts as inline SVG: lines and places, no script, no style of their own. Each stands beside the table of its figures.

use maud::{Markup, html};

use super::report::figure;
use crate::ledger::Hit;
use crate::reports::Series;

/// How many passages the chart of an answer shows.
const PASSAGES: usize = 12;
/// How far apart places are, in the chart's own units.
const STEP: usize = 26;
/// How wide the chart is.
const WIDE: usize = 640;
/// Where the three columns stand: by words, the answer, by meaning.
const COLUMNS: [usize; 3] = [150, 320, 490];

/// How the places of two legs became those of the answer: a line from each leg's place to the answer's.
pub(super) fn legs(hits: &[Hit]) -> Markup {
    let hits = hits.get(..hits.len().min(PASSAGES)).unwrap_or_default();
    let by = |leg: fn(&Hit) -> Option<u32>| {
        let mut places: Vec<(u32, usize)> =
            hits.iter().enumerate().filter_map(|(at, hit)| Some((leg(hit)?, at))).collect();
        places.sort_unstable();
        places
    };
    let (words, meaning) = (by(|hit| hit.legs.lexical), by(|hit| hit.legs.vector));
    let [left, middle, right] = COLUMNS;
    let y = |place: usize| 56 + place * STEP;
    let tall = y(hits.len());
    let side = |places: &[(u32, usize)], x: usize, anchor: &str, label: usize| {
        html! {
            @for (place, (rank, at)) in places.iter().enumerate() {
                line class="leg" x1=(x) y1=(y(place)) x2=(middle) y2=(y(*at)) {}
                circle class="dot" cx=(x) cy=(y(place)) r="4" {}
                text class="place" x=(label) y=(y(place) + 4) text-anchor=(anchor) { "place " (rank) }
            }
        }
    };
    html! {
        svg.chart viewBox={ "0 0 " (WIDE) " " (tall) } role="img" aria-labelledby="c:legs-title" {
            title id="c:legs-title" { "From the places by words and by meaning to the places in the answer" }
            text class="head" x=(left) y="24" text-anchor="middle" { "by words" }
            text class="head" x=(middle) y="24" text-anchor="middle" { "in the answer" }
            text class="head" x=(right) y="24" text-anchor="middle" { "by meaning" }
            (side(&words, left, "end", left - 14))
            (side(&meaning, right, "start", right + 14))
            @for at in 0..hits.len() {
                circle class="answer" cx=(middle) cy=(y(at)) r="11" {}
                text class="rank" x=(middle) y=(y(at) + 4) text-anchor="middle" { (at + 1) }
            }
        }
    }
}

/// How tall a chart over days is, and where its figures begin and end.
const TALL: f64 = 200.0;
const TOP: f64 = 18.0;
const BOTTOM: f64 = 168.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 628.0;

/// A figure for each day that has one, as a line.
pub(super) fn series(series: &Series, number: usize) -> Markup {
    let top = series.points.iter().map(|point| point.value).fold(0.0_f64, f64::max);
    let top = if top > 0.0 { top } else { 1.0 };
    let many = u32::try_from(series.points.len().saturating_sub(1)).unwrap_or(u32::MAX);
    let x = |at: usize| {
        let at = f64::from(u32::try_from(at).unwrap_or(u32::MAX));
        if many == 0 { f64::midpoint(LEFT, RIGHT) } else { LEFT + (RIGHT - LEFT) * at / f64::from(many) }
    };
    let y = |value: f64| BOTTOM - (BOTTOM - TOP) * (value / top).clamp(0.0, 1.0);
    let places: Vec<(String, String)> = series
        .points
        .iter()
        .enumerate()
        .map(|(at, point)| (format!("{:.1}", x(at)), format!("{:.1}", y(point.value))))
        .collect();
    let line: Vec<String> = places.iter().map(|(x, y)| format!("{x},{y}")).collect();
    let (first, last) = (
        series.points.first().map_or("", |point| point.day.as_str()),
        series.points.last().map_or("", |point| point.day.as_str()),
    );
    let id = format!("c:series-{number}");
    let label =
        |value: f64| if value >= 10.0 { format!("{value:.0}") } else { figure((value * 100.0).round() / 100.0) };
    html! {
        svg.chart viewBox={ "0 0 640 " (TALL) } role="img" aria-labelledby=(id) {
            title id=(id) { (series.title) ", from " (first) " to " (last) ", up to " (label(top)) " " (series.unit) }
            @for share in [0.0, 0.5, 1.0] {
                line.grid x1=(LEFT) x2=(RIGHT) y1=(y(top * share)) y2=(y(top * share)) {}
                text.axis x=(LEFT - 8.0) y=(y(top * share) + 4.0) text-anchor="end" { (label(top * share)) }
            }
            polyline.line points=(line.join(" ")) {}
            @if places.len() <= 62 { @for (x, y) in &places { circle.point cx=(x) cy=(y) r="3" {} } }
            text.axis x=(LEFT) y="190" text-anchor="start" { (first) }
            @if first != last { text.axis x=(RIGHT) y="190" text-anchor="end" { (last) } }
        }
    }
}
