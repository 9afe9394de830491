//! Mermaid's sequence diagrams, read: who takes part, and what happens between them, step by step.
//!
//! Participants, messages, notes, activations and frames of Mermaid's documentation; lines that say what a click does are
//! left out. Whatever else there is makes the whole thing unread, and so does anything beyond the limits: half a drawing
//! says something that its author did not.

use crate::site::body::figure;

/// A longer source is not drawn.
const LIMIT_BYTES: usize = 8 * 1024;
const LIMIT_PARTICIPANTS: usize = 20;
/// Messages, notes, activations, and beginnings, parts and ends of frames.
const LIMIT_STEPS: usize = 200;
/// Frames in each other, and activations of one participant.
const LIMIT_NESTING: usize = 6;

/// Letters on a line of what a message or a note says, of a note over more than one participant, and of a label.
const LINE_CHARS: usize = 34;
const WIDE_CHARS: usize = 48;
const LABEL_CHARS: usize = 20;

/// Who takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Participant {
    pub(super) name: String,
    pub(super) lines: Vec<String>,
    /// Drawn as a person.
    pub(super) is_actor: bool,
}

/// What a message's line ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tip {
    None,
    Full,
    Open,
    Cross,
}

/// How a message's line is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arrow {
    pub(super) is_dotted: bool,
    pub(super) tip: Tip,
    /// With a tip at its beginning, too.
    pub(super) is_double: bool,
}

/// A message between two participants, by their places, or of one to itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) lines: Vec<String>,
    pub(super) arrow: Arrow,
}

/// Where a note stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Right,
    Over,
}

/// A note beside one participant, or over those from one to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) side: Side,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) lines: Vec<String>,
}

/// What a frame says of the steps in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Frame {
    Loop,
    Alt,
    Opt,
    Par,
    Critical,
    Break,
    /// A background, which has no name.
    Rect,
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Message(Message),
    Note(Note),
    /// A participant has something to do, from the message before on.
    Activate(usize),
    Deactivate(usize),
    /// A frame begins, with what is said of it.
    Begin(Frame, String),
    /// Another part of the newest frame begins.
    Part(String),
    /// The newest frame ends.
    End,
}

/// A sequence diagram.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Diagram {
    pub(super) title: Vec<String>,
    pub(super) participants: Vec<Participant>,
    /// Every frame and its parts have their end.
    pub(super) steps: Vec<Step>,
}

/// Arrows: how they are written, whether they are dotted, their tip, and whether it is at both ends. One that begins with
/// another stands before it.
const ARROWS: [(&str, bool, Tip, bool); 10] = [
    ("<<-->>", true, Tip::Full, true),
    ("<<->>", false, Tip::Full, true),
    ("-->>", true, Tip::Full, false),
    ("->>", false, Tip::Full, false),
    ("-->", true, Tip::None, false),
    ("->", false, Tip::None, false),
    ("--x", true, Tip::Cross, false),
    ("-x", false, Tip::Cross, false),
    ("--)", true, Tip::Open, false),
    ("-)", false, Tip::Open, false),
];

/// Reads a sequence diagram.
pub(super) fn read(source: &str) -> Option<Diagram> {
    if source.len() > LIMIT_BYTES {
        return None;
    }
    // A comment has no statements, wherever it begins.
    let lines = source.lines().filter(|line| !line.trim_start().starts_with("%%")).flat_map(statements);
    let mut lines = lines.filter(|line| !line.is_empty() && !line.starts_with("%%"));
    if lines.next()? != "sequenceDiagram" {
        return None;
    }
    let mut reader = Reader::default();
    for line in lines {
        reader.statement(line)?;
        if reader.diagram.steps.len() > LIMIT_STEPS || reader.diagram.participants.len() > LIMIT_PARTICIPANTS {
            return None;
        }
    }
    let whole = reader.frames.is_empty() && !reader.diagram.participants.is_empty();
    whole.then_some(reader.diagram)
}

/// The statements of a line: a semicolon ends one, but not that of a sign as `#35;`.
fn statements(line: &str) -> Vec<&str> {
    let (mut found, mut start, mut in_sign) = (Vec::new(), 0, false);
    for (at, c) in line.char_indices() {
        match c {
            '#' => in_sign = true,
            ';' if !in_sign => {
                found.push(line.get(start..at).unwrap_or_default().trim());
                start = at + 1;
            }
            _ => in_sign = in_sign && c.is_ascii_alphanumeric(),
        }
    }
    found.push(line.get(start..).unwrap_or_default().trim());
    found
}

/// A diagram as far as it is read.
#[derive(Debug, Default)]
struct Reader {
    diagram: Diagram,
    /// The frames that are open, the newest last.
    frames: Vec<Frame>,
    /// How many activations each participant has open.
    active: Vec<usize>,
    /// The next message's number, and what it grows by.
    number: Option<(u32, u32)>,
}

impl Reader {
    fn statement(&mut self, line: &str) -> Option<()> {
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        match word.to_ascii_lowercase().as_str() {
            "participant" => self.participant(rest, false),
            "actor" => self.participant(rest, true),
            "note" => self.note(rest),
            "activate" => self.activate(self.known(rest)?),
            "deactivate" => self.deactivate(self.known(rest)?),
            "autonumber" => self.autonumber(rest),
            "title" | "title:" => self.title(rest),
            "acctitle" | "acctitle:" | "accdescr" | "accdescr:" => (!rest.starts_with('{')).then_some(()),
            // Menus of a participant.
            "link" | "links" | "properties" | "details" if arrow(line).is_none() => Some(()),
            "loop" => self.begin(Frame::Loop, rest),
            "alt" => self.begin(Frame::Alt, rest),
            "opt" => self.begin(Frame::Opt, rest),
            "par" => self.begin(Frame::Par, rest),
            "critical" => self.begin(Frame::Critical, rest),
            "break" => self.begin(Frame::Break, rest),
            // Its words are a colour.
            "rect" => self.begin(Frame::Rect, ""),
            "else" => self.part(Frame::Alt, rest),
            "and" => self.part(Frame::Par, rest),
            "option" => self.part(Frame::Critical, rest),
            "end" if rest.is_empty() => {
                self.frames.pop()?;
                self.push(Step::End)
            }
            _ => match line.split_once(':') {
                Some((word, title)) if word.eq_ignore_ascii_case("title") => self.title(title),
                _ => self.message(line),
            },
        }
    }

    fn push(&mut self, step: Step) -> Option<()> {
        self.diagram.steps.push(step);
        Some(())
    }

    /// The place of a participant that was named before.
    fn known(&self, name: &str) -> Option<usize> {
        self.diagram.participants.iter().position(|participant| participant.name == name)
    }

    /// The place of a participant, who takes part from now on.
    fn named(&mut self, name: &str) -> Option<usize> {
        let name = name.trim();
        let is_name = !name.is_empty()
            && !name.starts_with(['+', '-'])
            && !name.contains([':', ',', ';', '<', '>', '@', '#', '\\', '|'])
            && !name.contains("()");
        if !is_name {
            return None;
        }
        self.known(name).or_else(|| {
            let lines = figure::lines(name, LABEL_CHARS)?;
            self.diagram.participants.push(Participant { name: name.to_owned(), lines, is_actor: false });
            self.active.push(0);
            Some(self.diagram.participants.len() - 1)
        })
    }

    /// `A`, `A as words`
    fn participant(&mut self, rest: &str, is_actor: bool) -> Option<()> {
        let (name, label) = match rest.split_once(" as ") {
            Some((name, label)) => (name, Some(words(label, LABEL_CHARS)?)),
            None => (rest, None),
        };
        let at = self.named(name)?;
        let participant = self.diagram.participants.get_mut(at)?;
        participant.lines = label.unwrap_or_else(|| std::mem::take(&mut participant.lines));
        participant.is_actor = is_actor;
        Some(())
    }

    /// `left of A: words`, `over A, B: words`
    fn note(&mut self, rest: &str) -> Option<()> {
        const SIDES: [(&str, Side); 3] = [("left of ", Side::Left), ("right of ", Side::Right), ("over ", Side::Over)];
        let (place, text) = rest.split_once(':')?;
        let (side, names) = SIDES.into_iter().find_map(|(mark, side)| {
            let (before, names) = place.split_at_checked(mark.len())?;
            before.eq_ignore_ascii_case(mark).then_some((side, names))
        })?;
        let (one, other) = match names.split_once(',') {
            Some((one, other)) if side == Side::Over => (self.named(one)?, self.named(other)?),
            _ => {
                let one = self.named(names)?;
                (one, one)
            }
        };
        let lines = words(text, if one == other { LINE_CHARS } else { WIDE_CHARS })?;
        self.push(Step::Note(Note { side, from: one.min(other), to: one.max(other), lines }))
    }

    fn activate(&mut self, at: usize) -> Option<()> {
        let active = self.active.get_mut(at)?;
        *active += 1;
        (*active <= LIMIT_NESTING).then_some(())?;
        self.push(Step::Activate(at))
    }

    fn deactivate(&mut self, at: usize) -> Option<()> {
        let active = self.active.get_mut(at)?;
        *active = active.checked_sub(1)?;
        self.push(Step::Deactivate(at))
    }

    /// Nothing, `off`, where to begin, and by how much to go on
    fn autonumber(&mut self, rest: &str) -> Option<()> {
        if rest == "off" {
            self.number = None;
            return Some(());
        }
        let mut numbers = rest.split_whitespace().map(|number| number.parse::<u16>().ok());
        let first = numbers.next().unwrap_or(Some(1))?;
        let step = numbers.next().unwrap_or(Some(1))?;
        self.number = Some((u32::from(first), u32::from(step)));
        numbers.next().is_none().then_some(())
    }

    fn title(&mut self, title: &str) -> Option<()> {
        self.diagram.title = words(title.trim_start_matches(':'), LINE_CHARS)?;
        Some(())
    }

    fn begin(&mut self, frame: Frame, said: &str) -> Option<()> {
        self.frames.push(frame);
        (self.frames.len() <= LIMIT_NESTING).then_some(())?;
        let said = said_of(said)?;
        self.push(Step::Begin(frame, said))
    }

    fn part(&mut self, frame: Frame, said: &str) -> Option<()> {
        (self.frames.last() == Some(&frame)).then_some(())?;
        let said = said_of(said)?;
        self.push(Step::Part(said))
    }

    /// `A->>+B: words`
    fn message(&mut self, line: &str) -> Option<()> {
        let (from, arrow, rest) = arrow(line)?;
        let (to, text) = rest.split_once(':')?;
        let to = to.trim_start();
        let (begins, ends) = (to.starts_with('+'), to.starts_with('-'));
        let from = self.named(from)?;
        let to = self.named(to.strip_prefix(['+', '-']).unwrap_or(to))?;
        let mut lines = words(text, LINE_CHARS)?;
        if let Some((number, step)) = self.number {
            if let Some(first) = lines.first_mut() {
                *first = format!("{number}. {first}").trim_end().to_owned();
            }
            self.number = Some((number.saturating_add(step), step));
        }
        self.push(Step::Message(Message { from, to, lines, arrow }))?;
        if begins {
            self.activate(to)?;
        }
        if ends {
            self.deactivate(from)?;
        }
        Some(())
    }
}

/// The first arrow of a line before any words, with what stands before and behind it.
fn arrow(line: &str) -> Option<(&str, Arrow, &str)> {
    for (at, c) in line.char_indices() {
        match c {
            ':' => return None,
            '-' | '<' => {
                let (before, rest) = line.split_at_checked(at)?;
                let found = ARROWS.into_iter().find_map(|arrow| Some((arrow, rest.strip_prefix(arrow.0)?)));
                if let Some(((_, is_dotted, tip, is_double), behind)) = found {
                    return Some((before, Arrow { is_dotted, tip, is_double }, behind));
                }
            }
            _ => {}
        }
    }
    None
}

/// Words, line by line.
fn words(text: &str, line_chars: usize) -> Option<Vec<String>> {
    let text = text.trim();
    let text = text.strip_prefix("wrap:").or_else(|| text.strip_prefix("nowrap:")).unwrap_or(text);
    figure::lines(&with_signs(text)?, line_chars)
}

/// What is said of a frame; it becomes lines where it is known how wide the frame is.
fn said_of(text: &str) -> Option<String> {
    let said = words(text, usize::MAX)?.join(" ");
    Some(if said.is_empty() { said } else { format!("[{said}]") })
}

/// A text with the signs that Mermaid writes as `#35;` and `#lt;`. Nothing where one of them isn't known.
fn with_signs(text: &str) -> Option<String> {
    let mut parts = text.split('#');
    let mut signs = parts.next()?.to_owned();
    for part in parts {
        let length = part.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let (name, rest) = part.split_at_checked(length)?;
        match rest.strip_prefix(';') {
            Some(rest) if !name.is_empty() => {
                signs.push(sign(name)?);
                signs.push_str(rest);
            }
            _ => {
                signs.push('#');
                signs.push_str(part);
            }
        }
    }
    Some(signs)
}

fn sign(name: &str) -> Option<char> {
    let sign = match name {
        "amp" => '&',
        "apos" => '\'',
        "colon" => ':',
        "gt" => '>',
        "lt" => '<',
        "nbsp" => '\u{A0}',
        "num" => '#',
        "quot" => '"',
        "semi" => ';',
        _ => char::from_u32(name.parse().ok()?)?,
    };
    (!sign.is_control()).then_some(sign)
}
