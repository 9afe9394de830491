//! What is read of sequence diagrams, what is not, and that nothing in them becomes more than words.

use proptest::prelude::{ProptestConfig, prop_assert, proptest};
use proptest::{collection, sample};

use super::diagram::{Side, Step, Tip, read};
use super::layout::lay_out;
use crate::site::body::strict;
use crate::site::body::writer::Writer;

/// Participants as `name=words`, persons with `!`, and steps in signs.
fn shown(source: &str) -> Option<String> {
    let diagram = read(source)?;
    let name = |at: usize| diagram.participants[at].name.clone();
    let participants = diagram.participants.iter().map(|participant| {
        let words = participant.lines.join("/");
        let words = if words == participant.name { String::new() } else { format!("={words}") };
        format!("{}{words}{}", participant.name, if participant.is_actor { "!" } else { "" })
    });
    let steps = diagram.steps.iter().map(|step| match step {
        Step::Message(message) => {
            let line = if message.arrow.is_dotted { ".." } else { "-" };
            let tip = match message.arrow.tip {
                Tip::None => "",
                Tip::Full => ">",
                Tip::Open => ")",
                Tip::Cross => "x",
            };
            let back = if message.arrow.is_double { "<" } else { "" };
            format!("{}{back}{line}{tip}{}:{}", name(message.from), name(message.to), message.lines.join("/"))
        }
        Step::Note(note) => {
            let side = match note.side {
                Side::Left => "left",
                Side::Right => "right",
                Side::Over => "over",
            };
            format!("{side}({},{}):{}", name(note.from), name(note.to), note.lines.join("/"))
        }
        Step::Activate(at) => format!("+{}", name(*at)),
        Step::Deactivate(at) => format!("-{}", name(*at)),
        Step::Begin(frame, said) => format!("{frame:?}{said}{{"),
        Step::Part(said) => format!("|{said}"),
        Step::End => "}".to_owned(),
    });
    Some(participants.chain(steps).collect::<Vec<_>>().join(" "))
}

#[test]
fn participants_and_messages_are_read() {
    for (body, expected) in [
        ("A->>B: x", "A B A->B:x"),
        ("A->B: 1\nA-->B: 2\nA-->>B: 3", "A B A-B:1 A..B:2 A..>B:3"),
        ("A-xB: 1\nA--xB: 2\nA-)B: 3\nA--)B: 4", "A B A-xB:1 A..xB:2 A-)B:3 A..)B:4"),
        ("A<<->>B: 1\nA<<-->>B: 2", "A B A<->B:1 A<..>B:2"),
        ("participant B\nactor A as Ann<br/>Lee\nA ->> B: x", "B A=Ann/Lee! A->B:x"),
        ("A->>B: x\nparticipant B as Bob\nactor A", "A! B=Bob A->B:x"),
        ("web-shop->>my shop: a:b -->> c", "web-shop my shop web-shop->my shop:a:b -->> c"),
        ("A->>A:", "A A->A:"),
        ("A->>+B: x\nB-->>-A: y", "A B A->B:x +B B..>A:y -B"),
        ("A->>B: x\nactivate B\ndeactivate B", "A B A->B:x +B -B"),
        (
            "autonumber\nA->>B: x\nA->>B:\nautonumber 10 5\nA->>B: y\nB->>A: z",
            "A B A->B:1. x A->B:2. A->B:10. y B->A:15. z",
        ),
        ("autonumber\nautonumber off\nA->>B: x; B->>A: y;", "A B A->B:x B->A:y"),
        ("A->>B: one #35;1 #lt;b#gt; #9829; issue #5", "A B A->B:one #1 <b> ♥ issue #5"),
        ("%% said; A->>B: no\n  A->>B: x\n%%{init: {}}%%\nlink A: Menu @ https://example.org", "A B A->B:x"),
    ] {
        assert_eq!(shown(&format!("sequenceDiagram\n{body}")).as_deref(), Some(expected), "{body}");
    }
    assert_eq!(read("sequenceDiagram\ntitle: One two\nA->>B: x").unwrap().title, ["One two"]);
    assert_eq!(read("\n sequenceDiagram;\n title One two\r\nA->>B: x").unwrap().title, ["One two"]);
}

#[test]
fn notes_and_frames_are_read() {
    for (body, expected) in [
        ("Note left of A: x", "A left(A,A):x"),
        ("A->>B: x\nnote RIGHT OF B: y<br>z", "A B A->B:x right(B,B):y/z"),
        ("participant A\nNote over B, A: x", "A B over(A,B):x"),
        ("loop every day\nA->>B: x\nend", "A B Loop[every day]{ A->B:x }"),
        ("alt yes\nA->>B: x\nelse no\nelse\nopt\nend\nend", "A B Alt[yes]{ A->B:x |[no] | Opt{ } }"),
        ("par a\nA->>B: x\nand b\nend\nbreak c\nend", "A B Par[a]{ A->B:x |[b] } Break[c]{ }"),
        ("critical a\nA->>B: x\noption b\nend", "A B Critical[a]{ A->B:x |[b] }"),
        ("rect rgb(0, 255, 0)\nA->>B: x\nend", "A B Rect{ A->B:x }"),
    ] {
        assert_eq!(shown(&format!("sequenceDiagram\n{body}")).as_deref(), Some(expected), "{body}");
    }
}

#[test]
fn what_is_not_understood_is_not_drawn_in_part() {
    let messages = "A->>B: x\n".repeat(201);
    let participants = (0..21).map(|at| format!("participant p{at}\n")).collect::<String>();
    let deep = format!("{}A->>B: x\n{}", "loop\n".repeat(7), "end\n".repeat(7));
    let active = "A->>+B: x\n".repeat(7);
    let (label, comment) = (format!("A->>B: {}", "x".repeat(201)), "%".repeat(9000));
    for body in [
        "",
        "A",
        "A->>B",
        "A->>: x",
        "->>B: x",
        "A->>B->>C: x",
        "A-->B-C->>: x",
        "A->>B: a; b",
        "A->>B: #nonsense;",
        "A->>B: #7;",
        "A->>B: #1114112;",
        "A->>()B: x",
        "A-|\\B: x",
        "A->>B: x\ndeactivate B",
        "A->>-B: x",
        "activate Z\nA->>B: x",
        "loop x\nA->>B: y",
        "A->>B: y\nend",
        "else\nA->>B: y",
        "par x\nA->>B: y\nelse z\nend",
        "Note above A: x",
        "Note over A,B,C: x",
        "Note left of A,B: x",
        "Note over A",
        "box Aqua\nparticipant A\nend",
        "create participant A\nA->>B: x",
        "participant A@{ \"type\": \"queue\" }",
        "autonumber x\nA->>B: x",
        "A->>B: x\ngraph TD",
        &messages,
        &participants,
        &deep,
        &active,
        &label,
        &comment,
    ] {
        assert_eq!(shown(&format!("sequenceDiagram\n{body}")), None, "{body}");
    }
    for source in
        ["", "graph TD\nA --> B", "sequenceDiagrams\nA->>B: x", "---\ntitle: x\n---\nsequenceDiagram\nA->>B: x"]
    {
        assert_eq!(shown(source), None, "{source}");
    }
}

fn drawn(source: &str) -> Option<String> {
    let mut writer = Writer::default();
    super::write(source, &mut writer).then(|| writer.finish().html)
}

#[test]
fn a_hostile_label_is_words() {
    const PAYLOAD: &str = "</text></svg><script>alert(1)</script>\"'&";
    let source = format!(
        "sequenceDiagram\ntitle {PAYLOAD}\nparticipant A as {PAYLOAD}\nactor B as {PAYLOAD}\nA->>B: {PAYLOAD}\n\
         Note over A,B: {PAYLOAD}\nloop {PAYLOAD}\nB->>B: #lt;script#gt;\nend\nrect {PAYLOAD}\nend\n"
    );
    let html = drawn(&source).unwrap();
    assert!(!html.contains("<script") && html.matches("</svg>").count() == 1, "{html}");
    assert!(html.contains(">&lt;script&gt;</text>"), "{html}");
    assert!(strict::passes(&html), "{html}");
}

#[test]
fn the_largest_diagram_is_drawn() {
    let messages: String = (0..200).map(|at| format!("p{}->>p{}: message {at}\n", at % 20, at * 7 % 20)).collect();
    let html = drawn(&format!("sequenceDiagram\n{messages}")).unwrap();
    assert_eq!(html.matches(" class=\"said\"").count(), 200);
    assert!(html.contains("aria-label=\"200 messages between 20 participants; the text is below\""));
}

/// Whether everything stands in the drawing.
fn is_inside(source: &str) -> bool {
    let Some(diagram) = read(source) else { return true };
    let layout = lay_out(&diagram);
    let frames = layout.frames.iter().map(|frame| frame.place);
    let places = layout.heads.iter().chain(&layout.bars).copied().chain(frames);
    let mut places = places.chain(layout.notes.iter().map(|(place, _)| *place));
    let ends = layout.messages.iter().flat_map(|message| [message.from, message.to]);
    places.all(|place| {
        let (right, bottom) = (place.x + place.width, place.y + place.height);
        place.x >= 0.0 && place.y >= 0.0 && right <= layout.width && bottom <= layout.height
    }) && ends.into_iter().all(|(x, y)| (0.0..=layout.width).contains(&x) && (0.0..=layout.bottom).contains(&y))
}

const PARTS: [&str; 34] = [
    "participant A",
    "participant B as Bo<br/>Lee",
    "actor Long as A name that is rather long",
    "A->>B: x",
    "A-->>C: <script>alert(1)</script>",
    "B-xA: \"&amp\"",
    "C-)B: words that go on until they have to be broken into lines, and beyond",
    "A->>+B: begin",
    "B-->>-A: end",
    "A->>+A: self",
    "A->>-A: self",
    "C<<->>A:",
    "activate A",
    "deactivate A",
    "Note left of A: x",
    "Note right of C: some words of a note, more than a line of them",
    "Note over A,C: x",
    "Note over B: 漢字かな交じり文",
    "loop every minute",
    "alt is so",
    "else is not so, for a reason that takes many words to say",
    "opt",
    "par one",
    "and two",
    "critical x",
    "option y",
    "break z",
    "rect rgb(1,2,3)",
    "end",
    "autonumber",
    "title A title <b>",
    "%% comment",
    "; ;",
    "#35; #x;",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_text_makes_it_fall(text in "\\PC{0,200}", lines in collection::vec("[-AB<>x):+;#,\\\\ é\t]{0,12}", 0..6)) {
        drawn(&text);
        drawn(&format!("sequenceDiagram\n{text}"));
        drawn(&format!("sequenceDiagram\nA->>B: {text}\nNote over A: {text}\nloop {text}\nend\nparticipant {text}"));
        drawn(&format!("sequenceDiagram\n{}", lines.join("\n")));
    }

    #[test]
    fn what_is_drawn_stands_inside_and_is_all_allowed(parts in collection::vec(sample::select(&PARTS[..]), 0..24)) {
        let open = |parts: &[&str]| {
            let words = ["loop", "alt", "opt", "par", "critical", "break", "rect"];
            let begun = parts.iter().filter(|part| words.contains(&part.split(' ').next().unwrap_or_default())).count();
            begun.saturating_sub(parts.iter().filter(|part| **part == "end").count())
        };
        // Lines that can't be where they stand are left out, so that most of the rest is drawn.
        let mut kept: Vec<&str> = Vec::new();
        for part in parts {
            kept.push(part);
            let ends = "end\n".repeat(open(&kept));
            if read(&format!("sequenceDiagram\nA->>C: x\n{}\n{ends}", kept.join("\n"))).is_none() {
                kept.pop();
            }
        }
        let source = format!("sequenceDiagram\nA->>C: x\n{}\n{}", kept.join("\n"), "end\n".repeat(open(&kept)));
        let html = drawn(&source);
        prop_assert!(html.is_some(), "{source}");
        let html = html.unwrap_or_default();
        prop_assert!(strict::passes(&html) && !html.contains("NaN") && !html.contains("inf"), "{html}");
        prop_assert!(is_inside(&source), "{source}");
    }
}
