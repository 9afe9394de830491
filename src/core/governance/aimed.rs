//! Text that is aimed at agents: what tells whoever reads it to drop what their user and their operator said.
//!
//! Looked at is what agents are shown: titles, descriptions and the visible text, as it is written and as it reads
//! without its Markdown. A way of saying it is an opening word and others that stand near it in the same sentence, so
//! that wording, order and line breaks may differ; there is a row for each way in each language. What stands in code or
//! in quotation marks is told as a note, since that is how people write *about* such text. Nothing is taken out of a
//! document: an editor decides.

use std::borrow::Cow;
use std::ops::Range;

use super::Sighting;
use super::sighting::is_allowed_inline;
use crate::corpus::{Body, Digest, Finding, Level, Record};

/// The rule's name.
const RULE: &str = "agent-instruction";

/// How many findings of one document are told.
const TOLD_MAX: usize = 20;

/// How much of a text a message shows, in characters.
const SHOWN: usize = 60;

/// A way of saying it: a word that opens it, and one word of each list within so many words behind it, in any order.
/// A word that ends in `-` is the beginning of one.
struct Way {
    opens: &'static [&'static str],
    with: &'static [&'static [&'static str]],
    within: usize,
}

const fn way(opens: &'static [&'static str], with: &'static [&'static [&'static str]], within: usize) -> Way {
    Way { opens, with, within }
}

const DROP: &[&str] = &["ignore", "disregard", "forget", "neglect"];
const EARLIER: &[&str] = &["previous", "previously", "prior", "above", "earlier", "preceding", "foregoing"];
const ORDERS: &[&str] = &[
    "instruction",
    "instructions",
    "prompt",
    "prompts",
    "directive",
    "directives",
    "guidelines",
    "directions",
    "commands",
    "orders",
    "rules",
];
const YOURS: &[&str] = &["your", "system", "developer", "safety", "original", "initial", "all"];

#[rustfmt::skip]
const WAYS: &[Way] = &[
    // English
    way(DROP, &[EARLIER, ORDERS], 8),
    way(DROP, &[YOURS, &["instructions", "prompt", "prompts", "guidelines", "directives", "programming", "training", "guardrails"]], 5),
    way(&["override", "bypass", "circumvent"], &[&["your", "previous", "prior", "safety"], &["instructions", "guidelines", "directives", "guardrails", "programming"]], 5),
    way(&["not", "don't", "dont", "stop", "never", "cease"], &[&["follow", "following", "obey", "obeying", "heed"], EARLIER, ORDERS], 8),
    way(&["forget", "disregard"], &[&["everything", "anything", "all"], &["told", "instructed", "learned", "above", "before"]], 6),
    way(&["ignore"], &[&["everything", "anything", "all", "what"], &["told", "instructed"]], 6),
    way(&["you", "you're"], &[&["now"], &["dan", "jailbroken", "unrestricted", "unfiltered", "uncensored"]], 10),
    way(&["act", "pretend", "behave", "respond"], &[&["unrestricted", "unfiltered", "uncensored", "jailbroken"], &["ai", "assistant", "model", "chatbot", "llm"]], 10),
    way(&["your"], &[&["new"], &["instructions", "directive", "directives", "persona"], &["is", "are"]], 4),
    way(&["reveal", "print", "output", "repeat", "show", "display", "leak", "dump", "tell", "give", "send"], &[&["your"], &["system", "initial", "hidden", "original", "secret"], &["prompt", "prompts", "instructions"]], 8),
    way(&["not", "don't", "dont", "never", "without"], &[&["tell", "telling", "inform", "informing", "mention", "mentioning", "reveal", "disclose", "alert"], &["user", "users", "human"], &["this", "these", "instruction", "instructions"]], 10),
    // German
    way(&["ignorier-", "vergiss", "vergesst", "vergessen", "missachte", "missachten"], &[&["vorherige-", "bisherige-", "vorangegangene-", "obige-", "früheren", "vorigen", "deine-"], &["anweisung-", "instruktion-", "vorgaben", "befehle", "prompt-"]], 7),
    // French
    way(&["ignore", "ignorez", "oublie", "oubliez"], &[&["précédent-", "antérieur-", "dessus", "tes", "vos"], &["instruction-", "consigne-", "directive-", "ordres"]], 8),
    // Spanish
    way(&["ignora", "ignore", "ignorad", "olvida", "olvide", "olvidad"], &[&["anterior-", "previas", "previos", "arriba", "tus"], &["instruccion-", "indicaciones", "órdenes", "directrices"]], 8),
    // Portuguese
    way(&["ignore", "ignora", "esqueça", "esquece", "desconsidere"], &[&["anterior-", "prévi-", "acima", "suas", "tuas"], &["instruç-", "instruc-", "ordens", "diretrizes", "comandos"]], 8),
    // Italian
    way(&["ignora", "ignorate", "dimentica", "dimenticate"], &[&["precedent-", "sopra", "tue"], &["istruzion-", "direttive", "ordini", "comandi"]], 8),
    // Dutch
    way(&["negeer", "vergeet"], &[&["vorige", "eerdere", "voorgaande", "bovenstaande", "jouw", "je"], &["instructie-", "opdracht-", "aanwijzing-"]], 7),
    // Polish
    way(&["zignoruj", "ignoruj", "zapomnij"], &[&["poprzedni-", "wcześniejsz-", "powyższ-"], &["instrukcj-", "polece-", "wytyczn-"]], 7),
    // Russian
    way(&["игнорируй-", "проигнорируй-", "забудь-"], &[&["предыдущ-", "прежн-", "прошл-", "выше", "ранее"], &["инструкци-", "указани-", "команд-", "промпт-"]], 7),
    // Arabic
    way(&["تجاهل", "انس", "انسَ"], &[&["السابقة", "أعلاه"], &["التعليمات", "تعليمات", "الأوامر", "التوجيهات"]], 6),
    // Turkish, in which the verb comes last
    way(&["önceki", "yukarıdaki"], &[&["talimat-", "komut-", "yönerge-"], &["unut", "sayın", "say", "görmezden"]], 6),
];

/// The same where words are not parted: one of each list within so many characters.
struct Run {
    lists: [&'static [&'static str]; 3],
    within: usize,
}

#[rustfmt::skip]
const RUNS: &[Run] = &[
    // Chinese
    Run { lists: [&["忽略", "忽视", "无视", "無視", "忘记", "忘掉", "忘記"], &["之前", "以前", "以上", "先前", "上述", "前面", "此前"], &["指令", "指示", "提示", "命令", "说明", "說明"]], within: 18 },
    // Japanese
    Run { lists: [&["以前", "これまで", "上記", "前の", "先ほど"], &["指示", "命令", "プロンプト", "ルール"], &["無視", "忘れ", "従わない"]], within: 22 },
    // Korean
    Run { lists: [&["이전", "위의", "앞의", "지금까지"], &["지시", "명령", "프롬프트", "지침"], &["무시", "잊어"]], within: 20 },
];

/// What models are told apart speakers by: in a document it plays one.
const MARKS: &[&str] = &[
    "<|im_start|>",
    "<|im_end|>",
    "<|system|>",
    "<|start_header_id|>",
    "<|eot_id|>",
    "<|endofprompt|>",
    "<<SYS>>",
    "<start_of_turn>",
];

/// Finds text aimed at agents in what is shown of a document; `bytes` are those of its file. With each finding goes the
/// digest of what was seen.
#[must_use]
pub fn aimed(record: &Record, body: &Body, bytes: &[u8]) -> Vec<(Finding, Digest)> {
    let mut seen: Vec<(Place, String)> =
        places(&body.text, false).into_iter().map(|(at, level)| told(&body.text, at, level)).collect();
    for (chunk, plain) in record.chunks.iter().zip(&body.plain) {
        for (at, level) in places(plain, true) {
            let (_, shown) = told(plain, at, level);
            // What the text shows as it is written is known with its place.
            let known = |(place, _): &(Place, String)| (chunk.lines.first..=chunk.lines.last).contains(&place.line);
            if !seen.iter().any(known) {
                seen.push((Place { line: chunk.lines.first, column: 1, level }, shown));
            }
        }
    }
    let titles = std::iter::once(&record.title).chain(&record.meta.description);
    for text in titles {
        let inside = |(_, shown): &(Place, String)| shown.starts_with(text.get(..20).unwrap_or(text));
        if let Some((at, level)) = places(text, true).into_iter().next().filter(|_| !seen.iter().any(inside)) {
            seen.push((Place { line: 1, column: 1, level }, told(text, at, level).1));
        }
    }
    seen.retain(|(place, _)| !is_allowed(bytes, place.line));
    seen.sort_by_key(|(place, _)| (place.line, place.column));
    seen.truncate(TOLD_MAX);
    seen.into_iter().map(|(place, shown)| finding(&place, &shown)).collect()
}

/// Where something was seen.
struct Place {
    line: u32,
    column: u32,
    level: Level,
}

fn finding(place: &Place, shown: &str) -> (Finding, Digest) {
    let message = format!(
        "\"{shown}\": speaks to agents in place of their user; reword it, or allow it on its line with <!-- cairn:allow \
         {RULE} -->"
    );
    let finding =
        Finding { level: place.level, rule: Cow::Borrowed(RULE), line: place.line, column: place.column, message };
    (finding, Digest::of(shown.as_bytes()))
}

/// The place of a span in a text whose lines are the file's, and what is shown of it.
fn told(text: &str, span: Range<usize>, level: Level) -> (Place, String) {
    let (line, column) = super::sighting::place(text.as_bytes(), span.start);
    let words = text.get(span).unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    let mut shown: String = words.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    if words.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    (Place { line, column, level }, shown)
}

/// Whether a line of the file says that it is meant. Lone carriage returns end lines, as they do in the visible text.
fn is_allowed(bytes: &[u8], line: u32) -> bool {
    let (mut at, mut number) = (0, 1);
    while number < line {
        let Some(end) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'\n', b'\r', rest)) else { return false };
        let is_pair = bytes.get(at + end..at + end + 2) == Some(b"\r\n");
        at += end + if is_pair { 2 } else { 1 };
        number += 1;
    }
    is_allowed_inline(bytes, &Sighting::new(RULE, Level::Warning, "", at..at))
}

/// A word in lower case.
struct Word {
    text: String,
    span: Range<usize>,
    /// The number of its sentence.
    sentence: u32,
}

/// Every place in a text where something is aimed at agents, with how bad it is, in order.
///
/// In a text without Markdown each line is for itself: nothing else tells where an item ends.
fn places(text: &str, is_plain: bool) -> Vec<(Range<usize>, Level)> {
    let words = words(text, is_plain);
    let mut found: Vec<Range<usize>> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        for way in WAYS.iter().filter(|way| is_one_of(&word.text, way.opens)) {
            let rest = words.get(at + 1..).unwrap_or_default();
            let near: Vec<&Word> =
                rest.iter().take(way.within).take_while(|other| other.sentence == word.sentence).collect();
            let ends: Option<Vec<usize>> = way
                .with
                .iter()
                .map(|list| near.iter().find(|other| is_one_of(&other.text, list)).map(|other| other.span.end))
                .collect();
            if let Some(end) = ends.and_then(|ends| ends.into_iter().max()) {
                found.push(word.span.start..end);
                break;
            }
        }
    }
    if !text.is_ascii() {
        RUNS.iter().for_each(|run| run.find(text, &mut found));
    }
    for mark in MARKS {
        found.extend(text.match_indices(mark).map(|(at, mark)| at..at + mark.len()));
    }
    found.sort_by_key(|span| (span.start, std::cmp::Reverse(span.end)));
    let mut end = 0;
    found.retain(|span| {
        let apart = span.start >= end;
        end = end.max(span.end);
        apart
    });
    let quoted = if found.is_empty() { Vec::new() } else { quoted(text) };
    let level = |span: &Range<usize>| {
        let is_quoted = quoted.iter().any(|range| range.start <= span.start && span.start < range.end);
        if is_quoted { Level::Note } else { Level::Warning }
    };
    found.into_iter().map(|span| (span.clone(), level(&span))).collect()
}

fn is_one_of(word: &str, list: &[&str]) -> bool {
    list.iter().any(|known| match known.strip_suffix('-') {
        Some(beginning) => word.starts_with(beginning),
        None => word == *known,
    })
}

/// The words of a text. A sentence ends with its sign, with a blank line, and where a list item, a heading, a row or a
/// quotation begins.
fn words(text: &str, is_plain: bool) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let (mut sentence, mut start) = (0, None);
    let mut fresh = false;
    for (at, c) in text.char_indices() {
        // Marks inside of a word are not read: `ig**nore**`.
        if c.is_alphanumeric() || matches!(c, '\'' | '’') {
            start.get_or_insert(at);
            fresh = false;
            continue;
        }
        if let Some(from) = start.take() {
            words.push(word(text, from..at, sentence));
        }
        match c {
            '.' | '!' | '?' | '。' | '！' | '？' | '|' => sentence += 1,
            '\n' if fresh || is_plain => sentence += 1,
            '-' | '#' | '+' if fresh => sentence += 1,
            _ => {}
        }
        fresh = c == '\n' || (fresh && matches!(c, ' ' | '\t' | '>'));
    }
    if let Some(from) = start {
        words.push(word(text, from..text.len(), sentence));
    }
    words
}

fn word(text: &str, span: Range<usize>, sentence: u32) -> Word {
    let written = text.get(span.clone()).unwrap_or_default();
    Word { text: written.to_lowercase().replace('’', "'"), span, sentence }
}

impl Run {
    /// Looks at what stands around each word of the middle list.
    fn find(&self, text: &str, found: &mut Vec<Range<usize>>) {
        let [first, second, third] = self.lists;
        for needle in second {
            for (at, _) in text.match_indices(needle) {
                let before = text.get(..at).unwrap_or_default();
                let start =
                    before.char_indices().rev().take(self.within).take_while(|(_, c)| !ends_sentence(*c)).last();
                let start = start.map_or(at, |(start, _)| start);
                let after = text.get(at..).unwrap_or_default();
                let end = after.char_indices().take(self.within).take_while(|(_, c)| !ends_sentence(*c)).last();
                let end = end.map_or(at, |(end, c)| at + end + c.len_utf8());
                let window = text.get(start..end).unwrap_or_default();
                let holds = |list: &[&str]| list.iter().any(|word| window.contains(word));
                if holds(first) && holds(third) {
                    found.push(start..end);
                }
            }
        }
    }
}

fn ends_sentence(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '.' | '!' | '?' | '\n')
}

/// The parts of a text that are code or stand in quotation marks.
fn quoted(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let (mut at, mut fence): (usize, Option<(&str, usize)>) = (0, None);
    for line in text.split_inclusive('\n') {
        let mark = line.trim_start().trim_start_matches(['>', ' ']);
        let mark = ["```", "~~~"].into_iter().find(|sign| mark.starts_with(sign));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some((mark, at)),
            (Some((open, from)), Some(mark)) if open == mark => {
                ranges.push(from..at + line.len());
                fence = None;
            }
            (None, None) => in_line(line, at, &mut ranges),
            _ => {}
        }
        at += line.len();
    }
    ranges.extend(fence.map(|(_, from)| from..text.len()));
    ranges
}

/// Code and quotations in one line.
fn in_line(line: &str, at: usize, ranges: &mut Vec<Range<usize>>) {
    for (open, close) in [('`', '`'), ('"', '"'), ('“', '”'), ('„', '“'), ('«', '»'), ('「', '」'), ('‘', '’')]
    {
        let mut rest = 0;
        while let Some(from) = line.get(rest..).and_then(|text| text.find(open)).map(|found| rest + found) {
            let inside = from + open.len_utf8();
            let Some(to) = line.get(inside..).and_then(|text| text.find(close)).map(|found| inside + found) else {
                break;
            };
            ranges.push(at + from..at + to);
            rest = to + close.len_utf8();
        }
    }
}

#[cfg(test)]
#[path = "aimed_tests.rs"]
mod tests;
