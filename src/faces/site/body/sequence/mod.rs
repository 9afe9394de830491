//! Sequence diagrams as drawings: what Mermaid's `sequenceDiagram` says, with the source below for who cannot see it.
//!
//! Drawn as flowcharts are: on the server, of elements that carry classes and no styles. What is not understood whole is
//! left to be shown as code.

mod diagram;
mod layout;

#[cfg(test)]
mod tests;

use super::figure::{self, Anchor, Caption, LINE_HEIGHT, counted, n, number, write_lines};
use super::writer::Writer;
use diagram::{Diagram, Frame, Participant, Step, Tip};
use layout::{Framed, Layout, Line, PERSON_HEIGHT, Place, TAB_HEIGHT, TURN, frame_name, lay_out, tab_width};

/// Half of a tip's width, and its length.
const TIP: (f64, f64) = (4.0, 8.0);

/// Draws a sequence diagram; `false` leaves it to be shown as code.
pub(super) fn write(source: &str, writer: &mut Writer) -> bool {
    let Some(diagram) = diagram::read(source) else { return false };
    let layout = lay_out(&diagram);
    let messages = diagram.steps.iter().filter(|step| matches!(step, Step::Message(_))).count();
    let (messages, participants) = (counted(messages, "message"), counted(diagram.participants.len(), "participant"));
    let label = format!("{messages} between {participants}; the text is below");
    let caption = Caption { kind: "Sequence diagram", label: &label, summary: "The sequence diagram as text" };
    figure::write(caption, (layout.width, layout.height), source, writer, |writer| draw(&diagram, &layout, writer));
    true
}

fn draw(diagram: &Diagram, layout: &Layout<'_>, writer: &mut Writer) {
    for (x, head) in layout.columns.iter().zip(&layout.heads) {
        path("thin", &format!("M{} {} V{}", n(*x), n(head.y + head.height), n(layout.bottom)), writer);
    }
    for frame in &layout.frames {
        draw_frame(frame, writer);
    }
    for bar in &layout.bars {
        rect("box", *bar, 1.0, writer);
    }
    // A bar goes behind the name of a frame.
    for frame in layout.frames.iter().filter(|frame| frame.frame != Frame::Rect) {
        draw_tab(frame, writer);
    }
    for message in &layout.messages {
        draw_line(message, writer);
    }
    for (place, words) in &layout.notes {
        draw_note(*place, words, writer);
    }
    for (participant, head) in diagram.participants.iter().zip(&layout.heads) {
        draw_head(participant, *head, writer);
        draw_head(participant, Place { y: layout.bottom, ..*head }, writer);
    }
    // Words last: no line crosses them out.
    for message in layout.messages.iter().filter(|message| message.words.iter().any(|line| !line.is_empty())) {
        let anchor = if message.is_own { Anchor::Start } else { Anchor::Middle };
        write_lines(message.words, Some("said"), message.words_at, anchor, writer);
    }
    for frame in &layout.frames {
        write_frame_words(frame, writer);
    }
    if !diagram.title.is_empty() {
        let middle = number(diagram.title.len()) * LINE_HEIGHT / 2.0 + 4.0;
        write_lines(&diagram.title, Some("head"), (layout.width / 2.0, middle), Anchor::Middle, writer);
    }
}

fn path(class: &str, way: &str, writer: &mut Writer) {
    writer.element("path", &[("class", class), ("d", way)], "");
}

fn rect(class: &str, place: Place, round: f64, writer: &mut Writer) {
    let [x, y, width, height, round] = [place.x, place.y, place.width, place.height, round].map(n);
    let sizes = [("x", &*x), ("y", &*y), ("width", &*width), ("height", &*height), ("rx", &*round)];
    writer.element("rect", &[&[("class", class)], &sizes[..]].concat(), "");
}

fn draw_head(participant: &Participant, place: Place, writer: &mut Writer) {
    let Place { x, y, width, height } = place;
    let middle = x + width / 2.0;
    if !participant.is_actor {
        rect("box", place, 6.0, writer);
        write_lines(&participant.lines, None, (middle, y + height / 2.0), Anchor::Middle, writer);
        return;
    }
    // A person: head, arms, body and legs.
    let (left, x, right) = (n(middle - 11.0), n(middle), n(middle + 11.0));
    let way = format!(
        "M{} {} a7 7 0 1 1 14 0 a7 7 0 1 1 -14 0 M{x} {} V{} M{left} {} H{right} M{left} {} L{x} {} L{right} {}",
        n(middle - 7.0),
        n(y + 9.0),
        n(y + 16.0),
        n(y + 29.0),
        n(y + 21.0),
        n(y + 40.0),
        n(y + 29.0),
        n(y + 40.0)
    );
    path("arrow", &way, writer);
    let words = y + PERSON_HEIGHT + (height - PERSON_HEIGHT) / 2.0;
    write_lines(&participant.lines, None, (middle, words), Anchor::Middle, writer);
}

fn draw_frame(frame: &Framed, writer: &mut Writer) {
    let Place { x, width, .. } = frame.place;
    rect("thin", frame.place, 3.0, writer);
    for part in frame.parts.iter().skip(1) {
        path("thin arrow-dotted", &format!("M{} {} h{}", n(x), n(part.y), n(width)), writer);
    }
}

/// The box for a frame's name, with a corner cut off.
fn draw_tab(frame: &Framed, writer: &mut Writer) {
    const CUT: f64 = 8.0;
    let Place { x, y, .. } = frame.place;
    let width = tab_width(frame.frame);
    let (down, back) = (n(TAB_HEIGHT - CUT), n(CUT - width));
    path("box", &format!("M{} {} h{} v{down} l-{CUT} {CUT} h{back} z", n(x), n(y), n(width)), writer);
}

fn write_frame_words(frame: &Framed, writer: &mut Writer) {
    let Place { x, y, .. } = frame.place;
    let name = frame_name(frame.frame);
    let tab = tab_width(frame.frame);
    if !name.is_empty() {
        write_lines(
            &[name.to_owned()],
            Some("head"),
            (x + tab / 2.0 - 2.0, y + TAB_HEIGHT / 2.0 + 0.5),
            Anchor::Middle,
            writer,
        );
    }
    for (at, part) in frame.parts.iter().enumerate().filter(|(_, part)| part.words.iter().any(|line| !line.is_empty()))
    {
        let left = x + 8.0 + if at == 0 { tab } else { 0.0 };
        let middle = part.y + 3.5 + number(part.words.len()) * LINE_HEIGHT / 2.0;
        write_lines(&part.words, Some("said"), (left, middle), Anchor::Start, writer);
    }
}

/// A note has its corner folded.
fn draw_note(place: Place, words: &[String], writer: &mut Writer) {
    const FOLD: f64 = 8.0;
    let Place { x, y, width, height } = place;
    let (right, bottom, fold) = (n(x + width), n(y + height), n(x + width - FOLD));
    let (left, top, folded) = (n(x), n(y), n(y + FOLD));
    let way = format!("M{left} {top} H{fold} L{right} {folded} V{bottom} H{left} z M{fold} {top} V{folded} H{right}");
    path("box", &way, writer);
    write_lines(words, None, (x + width / 2.0, y + height / 2.0), Anchor::Middle, writer);
}

fn draw_line(line: &Line<'_>, writer: &mut Writer) {
    let (from, to) = (line.from, line.to);
    // A message to oneself comes back from the right.
    let ahead = if line.is_own || to.0 < from.0 { -1.0 } else { 1.0 };
    // A line ends where its tip begins, if that is filled.
    let shorter = if line.arrow.tip == Tip::Full { TIP.1 } else { 0.0 };
    let end = to.0 - ahead * shorter;
    let back = if line.arrow.is_double { shorter } else { 0.0 };
    let start = from.0 + if line.is_own { back } else { ahead * back };
    let way = if line.is_own {
        let out = from.0 + TURN.0 - 6.0;
        let down = TURN.1 - 12.0;
        format!("M{} {} H{} q6 0 6 6 v{} q0 6 -6 6 H{}", n(start), n(from.1), n(out), n(down), n(end))
    } else {
        format!("M{} {} H{}", n(start), n(from.1), n(end))
    };
    path(if line.arrow.is_dotted { "arrow arrow-dotted" } else { "arrow" }, &way, writer);
    draw_tip(line.arrow.tip, to, ahead, writer);
    if line.arrow.is_double {
        draw_tip(line.arrow.tip, from, if line.is_own { -1.0 } else { -ahead }, writer);
    }
}

/// Draws a tip that points to the right, or to the left if `ahead` is -1.
fn draw_tip(tip: Tip, (x, y): (f64, f64), ahead: f64, writer: &mut Writer) {
    let base = n(x - ahead * TIP.1);
    let (above, below) = (n(y - TIP.0), n(y + TIP.0));
    match tip {
        Tip::None => {}
        Tip::Full => path("tip", &format!("M{} {} L{base} {above} L{base} {below} z", n(x), n(y)), writer),
        Tip::Open => path("arrow", &format!("M{base} {above} L{} {} L{base} {below}", n(x), n(y)), writer),
        Tip::Cross => {
            let near = n(x - ahead * 2.0);
            let far = n(x - ahead * (2.0 + 2.0 * TIP.0));
            path("arrow", &format!("M{near} {above} L{far} {below} M{near} {below} L{far} {above}"), writer);
        }
    }
}
