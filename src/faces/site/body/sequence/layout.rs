//! Where the parts of a sequence diagram stand: a column for who takes part, a row for each step.
//!
//! Columns are as far from each other as what is written between them asks for. Then the steps are gone through twice: for
//! how far each frame reaches, and from the top down for the rows. Every step takes time in proportion to the participants.

use super::diagram::{Arrow, Diagram, Frame, Message, Note, Participant, Side, Step};
use crate::site::body::figure::{LINE_HEIGHT, lines, lines_width, number, text_width};

const MARGIN: f64 = 8.0;
/// Between the boxes of two participants, and between two steps.
const BESIDE: f64 = 30.0;
const BETWEEN: f64 = 13.0;
/// On both sides of words between two columns.
const AROUND: f64 = 14.0;
/// Between a line of life and a note, and how far a note goes beyond the lines that it stands over.
const NOTE_GAP: f64 = 10.0;
/// How far a message to oneself goes out, and how high it is at least.
pub(super) const TURN: (f64, f64) = (26.0, 22.0);
/// Half of a bar's width, and how far one in another stands beside it.
const BAR: (f64, f64) = (5.0, 4.0);
/// Between a frame and what is in it.
const INSIDE: f64 = 14.0;
/// The height of the box with a frame's name.
pub(super) const TAB_HEIGHT: f64 = 24.0;
/// The height of a person above the words.
pub(super) const PERSON_HEIGHT: f64 = 44.0;

/// A box, by its upper left corner.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Place {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A message's line.
#[derive(Debug)]
pub(super) struct Line<'d> {
    pub(super) arrow: Arrow,
    pub(super) is_own: bool,
    /// Where it begins and ends; both are on one height, but for a message to oneself.
    pub(super) from: (f64, f64),
    pub(super) to: (f64, f64),
    pub(super) words: &'d [String],
    /// The middle of the words, or their beginning and the middle of their height for a message to oneself.
    pub(super) words_at: (f64, f64),
}

/// A frame, with the beginnings of its parts.
#[derive(Debug)]
pub(super) struct Framed {
    pub(super) frame: Frame,
    pub(super) place: Place,
    pub(super) parts: Vec<Part>,
}

/// Where a part of a frame begins, and what is said of it.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) y: f64,
    pub(super) words: Vec<String>,
}

/// Everything's place, in the drawing's own units.
#[derive(Debug, Default)]
pub(super) struct Layout<'d> {
    pub(super) width: f64,
    pub(super) height: f64,
    /// The middle of each participant's column.
    pub(super) columns: Vec<f64>,
    /// The participants' boxes at the top; those at the bottom are as high.
    pub(super) heads: Vec<Place>,
    /// Where the boxes at the bottom begin.
    pub(super) bottom: f64,
    pub(super) frames: Vec<Framed>,
    pub(super) bars: Vec<Place>,
    pub(super) messages: Vec<Line<'d>>,
    pub(super) notes: Vec<(Place, &'d [String])>,
}

/// Gives everything its place.
pub(super) fn lay_out(diagram: &Diagram) -> Layout<'_> {
    let mut columns = columns(diagram);
    let mut frames = frames(diagram, &columns);
    let heads: Vec<f64> = diagram.participants.iter().map(head_width).collect();
    let mut reach = Reach::default();
    columns.iter().zip(&heads).for_each(|(x, width)| reach.add(x - width / 2.0, x + width / 2.0));
    diagram.steps.iter().for_each(|step| reach.add_step(step, &columns));
    frames.iter().for_each(|frame| reach.add(frame.left, frame.right));
    // A title stands over the middle of what there is.
    let over = (lines_width(&diagram.title) - (reach.right - reach.left)).max(0.0) / 2.0;
    let shift = MARGIN + over - reach.left;
    columns.iter_mut().for_each(|x| *x += shift);
    for frame in &mut frames {
        (frame.left, frame.right) = (frame.left + shift, frame.right + shift);
    }
    let title = if diagram.title.is_empty() { 0.0 } else { number(diagram.title.len()) * LINE_HEIGHT + 10.0 };
    let height = diagram.participants.iter().map(head_height).fold(0.0, f64::max);
    let top = MARGIN + title;
    let heads = columns.iter().zip(heads).map(|(x, width)| Place { x: x - width / 2.0, y: top, width, height });
    let layout = Layout { heads: heads.collect(), width: reach.right + shift + over + MARGIN, ..Layout::default() };
    let mut rows = Rows {
        y: top + height + BETWEEN / 2.0,
        active: vec![Vec::new(); columns.len()],
        open: Vec::new(),
        sketches: frames.into_iter(),
        layout,
    };
    rows.layout.columns = columns;
    let next = diagram.steps.iter().skip(1).map(Some).chain([None]);
    diagram.steps.iter().zip(next).for_each(|(step, next)| rows.step(step, next));
    rows.finish(height)
}

fn head_width(participant: &Participant) -> f64 {
    (lines_width(&participant.lines) + 28.0).max(72.0)
}

fn head_height(participant: &Participant) -> f64 {
    let words = number(participant.lines.len()) * LINE_HEIGHT;
    words + if participant.is_actor { PERSON_HEIGHT + 4.0 } else { 20.0 }
}

fn note_width(note: &Note) -> f64 {
    (lines_width(&note.lines) + 24.0).max(60.0)
}

/// The height of words, and nothing where there are none.
fn words_height(words: &[String]) -> f64 {
    if words.iter().all(String::is_empty) { 0.0 } else { number(words.len()) * LINE_HEIGHT }
}

/// The middle of each column: as near to the one before as what stands between them lets it be.
fn columns(diagram: &Diagram) -> Vec<f64> {
    let widths: Vec<f64> = diagram.participants.iter().map(head_width).collect();
    let mut gaps: Vec<f64> =
        widths.iter().zip(widths.iter().skip(1)).map(|(one, next)| f64::midpoint(*one, *next) + BESIDE).collect();
    let mut wants: Vec<(usize, usize, f64)> = diagram.steps.iter().flat_map(wanted).collect();
    // What stands between neighbours comes first: then others have most of their room already.
    wants.sort_by_key(|(from, to, _)| to - from);
    for (from, to, room) in wants {
        let there: f64 = gaps.iter().skip(from).take(to - from).sum();
        let more = (room - there).max(0.0) / number((to - from).max(1));
        gaps.iter_mut().skip(from).take(to - from).for_each(|gap| *gap += more);
    }
    let mut x = 0.0;
    let rest = gaps.iter().map(|gap| {
        x += gap;
        x
    });
    std::iter::once(0.0).chain(rest).collect()
}

/// How much room a step wants between two columns. One that isn't there wants none.
fn wanted(step: &Step) -> Vec<(usize, usize, f64)> {
    match step {
        Step::Message(Message { from, to, lines, .. }) if from == to => {
            vec![(*from, from + 1, lines_width(lines) + TURN.0 + 3.0 * AROUND)]
        }
        Step::Message(Message { from, to, lines, .. }) => {
            vec![(*from.min(to), *from.max(to), lines_width(lines) + 2.0 * AROUND)]
        }
        Step::Note(note) => {
            let width = note_width(note);
            let (before, beside) = (note.from.saturating_sub(1), width + NOTE_GAP + AROUND);
            match note.side {
                Side::Left => vec![(before, note.from, beside)],
                Side::Right => vec![(note.from, note.from + 1, beside)],
                Side::Over if note.from == note.to => [(before, note.from), (note.from, note.from + 1)]
                    .map(|(one, next)| (one, next, width / 2.0 + AROUND))
                    .to_vec(),
                Side::Over => vec![(note.from, note.to, width - 2.0 * AROUND)],
            }
        }
        _ => Vec::new(),
    }
}

/// How far something reaches to the left and to the right.
#[derive(Debug, Clone, Copy)]
struct Reach {
    left: f64,
    right: f64,
}

impl Default for Reach {
    fn default() -> Self {
        Self { left: f64::MAX, right: f64::MIN }
    }
}

impl Reach {
    fn add(&mut self, left: f64, right: f64) {
        (self.left, self.right) = (self.left.min(left), self.right.max(right));
    }

    fn add_step(&mut self, step: &Step, columns: &[f64]) {
        let x = |at: usize| columns.get(at).copied().unwrap_or_default();
        match step {
            Step::Message(Message { from, to, lines, .. }) if from == to => {
                self.add(x(*from), x(*from) + BAR.0 + 2.0 * BAR.1 + TURN.0 + AROUND + lines_width(lines));
            }
            Step::Message(Message { from, to, .. }) => self.add(x(*from).min(x(*to)), x(*from).max(x(*to))),
            Step::Note(note) => {
                let place = note_place(note, columns);
                self.add(place.x, place.x + place.width);
            }
            _ => {}
        }
    }
}

/// A note's place but for its height in the drawing.
fn note_place(note: &Note, columns: &[f64]) -> Place {
    let x = |at: usize| columns.get(at).copied().unwrap_or_default();
    let (width, height) = (note_width(note), number(note.lines.len()) * LINE_HEIGHT + 14.0);
    let (x, width) = match note.side {
        Side::Left => (x(note.from) - NOTE_GAP - width, width),
        Side::Right => (x(note.from) + NOTE_GAP, width),
        Side::Over => {
            let width = width.max(x(note.to) - x(note.from) + 2.0 * AROUND);
            (f64::midpoint(x(note.from), x(note.to)) - width / 2.0, width)
        }
    };
    Place { x, y: 0.0, width, height }
}

/// A frame before its rows are known.
#[derive(Debug)]
struct Sketch {
    frame: Frame,
    left: f64,
    right: f64,
    /// What is said of each part, the first of which begins with the frame.
    parts: Vec<Vec<String>>,
}

/// The frames in the order of their beginnings: around what is in them, and as wide as what is said of them needs.
fn frames(diagram: &Diagram, columns: &[f64]) -> Vec<Sketch> {
    let mut sketches: Vec<Sketch> = Vec::new();
    let mut open: Vec<(usize, Reach, Vec<&str>)> = Vec::new();
    for step in &diagram.steps {
        match step {
            Step::Begin(frame, said) => {
                open.push((sketches.len(), Reach::default(), vec![said]));
                sketches.push(Sketch { frame: *frame, left: 0.0, right: 0.0, parts: Vec::new() });
            }
            Step::Part(said) => open.iter_mut().next_back().into_iter().for_each(|(_, _, parts)| parts.push(said)),
            Step::End => {
                let Some((at, mut reach, said)) = open.pop() else { continue };
                if reach.left > reach.right {
                    reach
                        .add(columns.first().copied().unwrap_or_default(), columns.last().copied().unwrap_or_default());
                }
                let Some(sketch) = sketches.get_mut(at) else { continue };
                sketch.close(reach, &said);
                open.iter_mut().next_back().into_iter().for_each(|(_, reach, _)| reach.add(sketch.left, sketch.right));
            }
            _ => open.iter_mut().next_back().into_iter().for_each(|(_, reach, _)| reach.add_step(step, columns)),
        }
    }
    sketches
}

impl Sketch {
    fn close(&mut self, reach: Reach, said: &[&str]) {
        const MOST_CHARS: usize = 60;
        const LEAST_CHARS: usize = 18;
        (self.left, self.right) = (reach.left - INSIDE, reach.right + INSIDE);
        for (at, said) in said.iter().enumerate() {
            let beside = AROUND + if at == 0 { tab_width(self.frame) } else { 0.0 };
            let room = self.right - self.left - beside;
            // Words are in letters, and the room is not: as many of middling width as there is room for.
            let chars = (LEAST_CHARS..MOST_CHARS).rev().find(|chars| number(*chars) * 7.5 <= room);
            let words = lines(said, chars.unwrap_or(LEAST_CHARS)).unwrap_or_default();
            self.right = self.right.max(self.left + beside + lines_width(&words) + AROUND / 2.0);
            self.parts.push(words);
        }
    }
}

/// How a frame is called.
pub(super) fn frame_name(frame: Frame) -> &'static str {
    match frame {
        Frame::Loop => "loop",
        Frame::Alt => "alt",
        Frame::Opt => "opt",
        Frame::Par => "par",
        Frame::Critical => "critical",
        Frame::Break => "break",
        Frame::Rect => "",
    }
}

/// The width of the box with a frame's name.
pub(super) fn tab_width(frame: Frame) -> f64 {
    if frame == Frame::Rect { 0.0 } else { text_width(frame_name(frame)) + 24.0 }
}

/// The rows, from the top down.
#[derive(Debug)]
struct Rows<'d> {
    y: f64,
    /// Where the bars that are open began, for each participant.
    active: Vec<Vec<f64>>,
    open: Vec<Opened>,
    sketches: std::vec::IntoIter<Sketch>,
    layout: Layout<'d>,
}

/// A frame that is open.
#[derive(Debug)]
struct Opened {
    top: f64,
    /// What is said of the parts that have not begun.
    words: std::vec::IntoIter<Vec<String>>,
    framed: Framed,
}

impl<'d> Rows<'d> {
    /// Puts a step below those before it; the next one may be a bar that begins with it.
    fn step(&mut self, step: &'d Step, next: Option<&Step>) {
        match step {
            Step::Message(message) if message.from == message.to => self.own_message(message),
            Step::Message(message) => self.message(message, next == Some(&Step::Activate(message.to))),
            Step::Note(note) => {
                self.y += BETWEEN;
                let place = Place { y: self.y, ..note_place(note, &self.layout.columns) };
                self.y += place.height;
                self.layout.notes.push((place, &note.lines));
            }
            Step::Activate(at) => {
                let y = self.y;
                self.active.iter_mut().skip(*at).take(1).for_each(|active| active.push(y));
            }
            Step::Deactivate(at) => self.end_bar(*at),
            Step::Begin(frame, _) => {
                let Some(sketch) = self.sketches.next() else { return };
                self.y += BETWEEN;
                let place = Place { x: sketch.left, y: self.y, width: sketch.right - sketch.left, height: 0.0 };
                let framed = Framed { frame: *frame, place, parts: Vec::new() };
                self.open.push(Opened { top: self.y, words: sketch.parts.into_iter(), framed });
                self.begin_part(if *frame == Frame::Rect { 0.0 } else { TAB_HEIGHT });
            }
            Step::Part(_) => {
                self.y += BETWEEN;
                self.begin_part(0.0);
            }
            Step::End => {
                let Some(mut opened) = self.open.pop() else { return };
                self.y += BETWEEN;
                opened.framed.place.height = self.y - opened.top;
                self.layout.frames.push(opened.framed);
            }
        }
    }

    /// A part of the newest frame begins here; its first row is at least as high as is given.
    fn begin_part(&mut self, least: f64) {
        let Some(opened) = self.open.last_mut() else { return };
        let words = opened.words.next().unwrap_or_default();
        let height = words_height(&words);
        opened.framed.parts.push(Part { y: self.y, words });
        self.y += least.max(if height > 0.0 { height + 6.0 } else { 0.0 });
    }

    /// How many bars a participant has at this height.
    fn bars(&self, at: usize) -> usize {
        self.active.get(at).map_or(0, Vec::len)
    }

    /// Where a line to the right, or to the left, leaves a participant that has so many bars.
    fn side(&self, at: usize, bars: usize, to_right: bool) -> f64 {
        let x = self.layout.columns.get(at).copied().unwrap_or_default();
        match bars.checked_sub(1) {
            None => x,
            Some(inner) if to_right => x + BAR.0 + number(inner) * BAR.1,
            Some(inner) => x - BAR.0 + number(inner) * BAR.1,
        }
    }

    fn message(&mut self, message: &'d Message, begins_bar: bool) {
        let height = words_height(&message.lines);
        self.y += BETWEEN + height + 5.0;
        let to_right = message.from < message.to;
        let from = self.side(message.from, self.bars(message.from), to_right);
        let to = self.side(message.to, self.bars(message.to) + usize::from(begins_bar), !to_right);
        self.layout.messages.push(Line {
            arrow: message.arrow,
            is_own: false,
            from: (from, self.y),
            to: (to, self.y),
            words: &message.lines,
            words_at: (f64::midpoint(from, to), self.y - 6.0 - height / 2.0),
        });
    }

    fn own_message(&mut self, message: &'d Message) {
        let height = words_height(&message.lines).max(TURN.1);
        self.y += BETWEEN;
        let middle = self.y + height / 2.0;
        let x = self.side(message.from, self.bars(message.from), true);
        self.layout.messages.push(Line {
            arrow: message.arrow,
            is_own: true,
            from: (x, middle - TURN.1 / 2.0),
            to: (x, middle + TURN.1 / 2.0),
            words: &message.lines,
            words_at: (x + TURN.0 + AROUND / 2.0, middle),
        });
        self.y = middle + TURN.1 / 2.0 + (height - TURN.1) / 2.0;
    }

    fn end_bar(&mut self, at: usize) {
        let Some(y) = self.active.get_mut(at).and_then(Vec::pop) else { return };
        let x = self.side(at, self.bars(at) + 1, false);
        // One that holds nothing is seen all the same.
        self.layout.bars.push(Place { x, y, width: 2.0 * BAR.0, height: (self.y - y).max(BETWEEN) });
    }

    fn finish(mut self, head_height: f64) -> Layout<'d> {
        self.y += 1.5 * BETWEEN;
        for at in 0..self.active.len() {
            for _ in 0..self.bars(at) {
                self.end_bar(at);
            }
        }
        // An outer bar is behind those that stand on it, and began before them.
        self.layout.bars.sort_by(|one, other| one.y.total_cmp(&other.y).then(one.x.total_cmp(&other.x)));
        self.layout.bottom = self.y;
        self.layout.height = self.y + head_height + MARGIN;
        self.layout
    }
}
