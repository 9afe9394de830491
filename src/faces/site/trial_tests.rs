//! Real Markdown on trial: of every file each visible word is on its page, and no link leads where nothing is.
//!
//! What a file says is read from the parser's events here, without anything that renders; how often each word stands on
//! the page has to be as often or more. Runs on this repository's own files; `CAIRN_TEST_MARKDOWN=DIR[:DIR…]` names
//! folders of other files, as many as there are.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, TextMergeStream};

use super::body::{self, Body, render};
use super::edition::Edition;
use super::fixture::{documents, edition};
use super::links::Links;
use crate::access::Public;
use crate::corpus::{Document, EXTENSIONS, FILE_LIMIT_BYTES, dialect, is_html_element};

/// The Markdown files of a folder, with their paths under it. Links are not followed.
fn files(folder: &Path) -> Vec<(String, String)> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&next) else { continue };
        for entry in entries.map(Result::unwrap) {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            let markdown = path.extension().is_some_and(|one| EXTENSIONS[..2].iter().any(|known| one == *known));
            if kind.is_dir() && !entry.file_name().to_string_lossy().starts_with('.') {
                folders.push(path);
            } else if kind.is_file() && markdown && entry.metadata().unwrap().len() <= FILE_LIMIT_BYTES {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                // A file that is no text is no page, and says so in a finding.
                found.extend(std::fs::read_to_string(&path).ok().map(|text| (format!("trial/{name}"), text)));
            }
        }
    }
    found.sort();
    found
}

/// Elements that do not end a word.
const INLINE: [&str; 21] = [
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "em", "font", "i", "ins", "kbd", "mark", "q", "s", "small",
    "span", "strong", "u", "wbr",
];

/// The text of HTML, and of the alternatives of its images: no tags and comments. In a source there may be scripts and
/// drawings, which are no text, and tags that HTML does not know, which are.
fn text_of(html: &str, page: bool) -> String {
    let (mut text, mut rest) = (String::new(), html);
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let after = |end: &str| tag.split_once(end).map_or("", |(_, after)| after);
        let name: String = tag.trim_start_matches('/').chars().take_while(char::is_ascii_alphanumeric).collect();
        let name = name.to_ascii_lowercase();
        rest = if tag.starts_with("!--") {
            after("-->")
        } else if tag.starts_with(['!', '?']) {
            after(">")
        } else if ["script", "style", "svg", "template", "math"].contains(&name.as_str())
            && !page
            && !tag.starts_with('/')
        {
            let end = format!("</{name}");
            let end = tag.to_ascii_lowercase().find(&end);
            end.and_then(|end| tag.get(end..)?.split_once('>')).map_or("", |(_, after)| after)
        } else if page || is_html_element(&name) {
            if !INLINE.contains(&name.as_str()) {
                text.push(' ');
            }
            let end = tag_end(tag);
            if name == "img" {
                let said = ["alt=\"", "alt='", "alt = \""].iter().find_map(|mark| {
                    let value = tag.get(..end)?.split_once(mark)?.1;
                    value.split(mark.chars().last()?).next()
                });
                text.push_str(said.unwrap_or_default());
                text.push(' ');
            }
            tag.get(end + 1..).unwrap_or_default()
        } else {
            text.push('<');
            tag
        };
    }
    text.push_str(rest);
    text
}

/// Where the `>` of a tag stands that no quotes hold.
fn tag_end(tag: &str) -> usize {
    let mut quote = None;
    for (at, c) in tag.char_indices() {
        match (quote, c) {
            (None, '>') => return at,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    tag.find('>').unwrap_or(tag.len())
}

/// The text that a reader of the file is shown, by the parser's events.
fn visible(source: &str) -> String {
    let (mut text, mut html, mut quote) = (String::new(), None, false);
    for event in TextMergeStream::new(Parser::new_ext(source, dialect())) {
        let begins = matches!(event, Event::Start(Tag::BlockQuote(_) | Tag::Paragraph));
        match event {
            Event::Start(Tag::BlockQuote(_)) => quote = true,
            Event::Start(Tag::HtmlBlock) => html = Some(String::new()),
            Event::End(TagEnd::HtmlBlock) => {
                text.push_str(&format!(" {} ", text_of(&html.take().unwrap_or_default(), false)))
            }
            Event::Html(part) | Event::Text(part) if html.is_some() => {
                html.iter_mut().for_each(|html| html.push_str(&part))
            }
            // The kind of a callout is a sign or a title of its own.
            Event::Text(part) if quote && part.starts_with("[!") => {
                let said = part.split_once(']').map_or("", |(_, said)| said);
                text.push_str(&said.replace('&', "&amp;"));
            }
            Event::Text(part) | Event::Code(part) => text.push_str(&part.replace('&', "&amp;")),
            Event::InlineMath(part) | Event::DisplayMath(part) => {
                text.push_str(&format!(" {} ", part.replace('&', "&amp;")))
            }
            Event::InlineHtml(part) => text.push_str(&text_of(&part, false)),
            Event::SoftBreak | Event::HardBreak | Event::FootnoteReference(_) | Event::Html(_) => text.push(' '),
            // `{#anchor}` behind a heading is not shown.
            Event::End(TagEnd::Heading(_)) => {
                if let Some(at) = text.trim_end().strip_suffix('}').and_then(|text| text.rfind("{#")) {
                    text.truncate(at);
                }
                text.push(' ');
            }
            Event::Start(Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. })
            | Event::End(TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link) => {}
            _ => text.push(' '),
        }
        quote &= begins;
    }
    text
}

/// How often each word stands in a text that has HTML's entities. A word is letters and digits, and nothing between.
fn words(text: &str) -> HashMap<String, usize> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let name: String = after.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '#').collect();
        let entity =
            !name.is_empty() && name.len() < 10 && after.get(name.len()..).is_some_and(|rest| rest.starts_with(';'));
        // Signs that are written as entities are no letters.
        plain.push(' ');
        rest = if entity { after.get(name.len() + 1..).unwrap_or_default() } else { after };
    }
    plain.push_str(rest);
    // What nobody sees is no part of a word.
    plain.retain(
        |c| !matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FE0F}'),
    );
    let mut words = HashMap::new();
    for word in plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        *words.entry(word.to_owned()).or_default() += 1;
    }
    words
}

/// The file without its front matter: the lines from a fence at its very beginning to the next.
fn without_front_matter(text: &str) -> &str {
    let text = text.trim_start_matches('\u{FEFF}');
    for fence in ["---", "+++"] {
        let Some(inner) =
            text.strip_prefix(fence).filter(|inner| inner.trim_start_matches([' ', '\r']).starts_with('\n'))
        else {
            continue;
        };
        let mut at = fence.len();
        for line in inner.split_inclusive('\n') {
            at += line.len();
            if at > fence.len() + line.len() && (line.trim_end() == fence || fence == "---" && line.trim_end() == "...")
            {
                return text.get(at..).unwrap_or_default();
            }
        }
    }
    text
}

/// The text without whatever looks like a comment; its lines stay.
fn without_comments(source: &str) -> String {
    let (mut text, mut rest) = (String::with_capacity(source.len()), source);
    while let Some((before, after)) = rest.split_once("<!--") {
        let Some((comment, behind)) = after.split_once("-->") else { break };
        text.push_str(before);
        text.extend(comment.chars().filter(|c| *c == '\n'));
        rest = behind;
    }
    text + rest
}

/// The text without the marks of containers, and with their titles at its end. Whatever else stands in a line stays in it,
/// or the line is among the faults.
fn without_containers(source: &str) -> Result<String, String> {
    let (text, titles) = body::without_containers(source);
    let (said, stays): (Vec<&str>, Vec<&str>) = (source.lines().collect(), text.lines().collect());
    if said.len() > stays.len() + 1 {
        return Err(format!("{} of {} lines are left", stays.len(), said.len()));
    }
    for (said, stays) in said.iter().zip(&stays) {
        let mark = [":::", "!!! ", "???"].iter().any(|mark| said.trim_start().starts_with(mark));
        if said.trim_start() != stays.trim_start() && !(mark && stays.is_empty()) {
            return Err(format!("{said:?} became {stays:?}"));
        }
    }
    Ok(titles.iter().fold(text, |text, title| text + "\n\n" + title))
}

/// The values of an attribute of a page's tags.
fn values<'h>(html: &'h str, attribute: &str) -> Vec<&'h str> {
    let mark = format!(" {attribute}=\"");
    html.split('<')
        .filter_map(|part| {
            let tag = part.get(..tag_end(part))?;
            tag.split_once(&mark)?.1.split('"').next()
        })
        .collect()
}

/// What was found on trial.
#[derive(Debug, Default)]
struct Verdict {
    files: usize,
    pages: usize,
    words: usize,
    links: usize,
    faults: Vec<String>,
}

fn try_folder(verdict: &mut Verdict, folder: &Path) {
    let files = files(folder);
    let borrowed: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let edition = edition(&borrowed);
    let sources: HashMap<&str, &str> = borrowed.iter().copied().collect();
    verdict.files += files.len();
    let mut pages: HashMap<String, Body> = HashMap::new();
    for (document, text) in documents(&borrowed) {
        let record = document.record();
        let path = format!("trial/{}", record.path);
        let links = Links { edition: &edition, from: record };
        let rendered = std::panic::catch_unwind(|| render(&text, record, &|kind, url: &str| links.lead(kind, url)));
        let Ok(body) = rendered else {
            verdict.faults.push(format!("{path}: rendering panics"));
            continue;
        };
        verdict.pages += 1;
        compare_words(verdict, &path, sources[path.as_str()], &record.title, &body);
        pages.insert(edition.address_of(&record.id).unwrap().to_owned(), body);
    }
    for document in edition.documents() {
        compare_links(verdict, &edition, document, &pages, &sources);
    }
}

fn compare_words(verdict: &mut Verdict, path: &str, source: &str, title: &str, body: &Body) {
    let shown = words(&format!("{title} {}", text_of(&body.html, true)));
    let source = match without_containers(without_front_matter(source)) {
        Ok(source) => source,
        Err(fault) => return verdict.faults.push(format!("{path}: {fault}")),
    };
    // Where comments are taken out, the lines around them may be another block than the parser took them for.
    let without = words(&visible(&without_comments(&source)));
    let mut said: Vec<_> = words(&visible(&source)).into_iter().collect();
    said.sort();
    for (word, times) in said {
        let times = times.min(without.get(&word).copied().unwrap_or_default());
        verdict.words += times;
        let there = shown.get(&word).copied().unwrap_or_default();
        if there < times {
            verdict.faults.push(format!("{path}: {word:?} is there {there} times, and should be {times}"));
        }
    }
}

fn compare_links(
    verdict: &mut Verdict,
    edition: &Edition,
    document: &Document<Public>,
    pages: &HashMap<String, Body>,
    sources: &HashMap<&str, &str>,
) {
    let record = document.record();
    let own = edition.address_of(&record.id).unwrap();
    let Some(page) = pages.get(own) else { return };
    let hrefs = values(&page.html, "href");
    let decoded = |text: &str| super::address::decoded(text);
    for href in hrefs.iter().filter(|href| href.starts_with(['/', '#'])) {
        verdict.links += 1;
        let (path, fragment) = href.split_once('#').unwrap_or((href, ""));
        let target = if path.is_empty() { own } else { path };
        let Some(body) = pages.get(target) else {
            if edition.folder(decoded(path).trim_start_matches('/')).is_none() {
                verdict.faults.push(format!("{}: leads to {href}, where nothing is", record.path));
            }
            continue;
        };
        let fragment = decoded(fragment);
        let there = fragment.is_empty()
            || values(&body.html, "id").contains(&fragment.as_str())
            || body.title_anchor.as_deref() == Some(fragment.as_str());
        let known =
            edition.documents().iter().map(Document::record).find(|one| edition.address_of(&one.id) == Some(target));
        // One that the file itself gets wrong may be wrong here.
        let right = known.is_some_and(|one| {
            one.anchors.contains(&fragment) || one.sections.iter().any(|section| section.anchor == fragment)
        });
        if !there && (right || fragment.starts_with("fn")) {
            verdict.faults.push(format!("{}: leads to {href}, whose anchor is missing", record.path));
        }
    }
    let hrefs: HashSet<String> = hrefs.iter().map(|href| decoded(href.split('#').next().unwrap_or_default())).collect();
    for target in relative_targets(without_front_matter(sources[format!("trial/{}", record.path).as_str()])) {
        let Some(path) = joined(&format!("trial/{}", record.path), &target) else { continue };
        let there = edition.documents().iter().map(Document::record).find(|one| format!("trial/{}", one.path) == path);
        let Some(address) = there.and_then(|one| edition.address_of(&one.id)) else { continue };
        if address != own && !hrefs.contains(&decoded(address)) {
            verdict.faults.push(format!("{}: has a link to {target}, and its page has none", record.path));
        }
    }
}

/// The targets of Markdown links that are paths from the file.
fn relative_targets(source: &str) -> Vec<String> {
    let links = Parser::new_ext(source, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => {
            Some(dest_url.split(['#', '?']).next().unwrap_or_default().to_owned())
        }
        _ => None,
    });
    links.filter(|link| !link.is_empty() && !link.contains(':') && !link.starts_with('/')).collect()
}

fn joined(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    let target = super::address::decoded(target);
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => parts.pop().map(drop)?,
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[test]
fn the_trial_sees_what_is_lost() {
    let source =
        "# T\n\none *tw*o <b>three</b> `four` $five$ [six](b.md) one\n\n| seven |\n| --- |\n| eight |\n\n<!-- no -->";
    let lost = |html: &str| {
        let mut verdict = Verdict::default();
        let body = Body { html: html.to_owned(), ..Body::default() };
        compare_words(&mut verdict, "x", source, "T", &body);
        verdict.faults.len()
    };
    let whole = "<p>one two three four five six one</p><table><th>seven</th><td>eight</td></table>";
    assert_eq!(lost(whole), 0);
    for word in ["two", "three", "four", "five", "six", "seven", "eight", "one</p"] {
        assert_eq!(lost(&whole.replacen(word, if word.ends_with("</p") { "</p" } else { "" }, 1)), 1, "{word}");
    }
    let files = [("trial/a.md", "# A\n\n[b](b.md#c) [gone](gone.md)\n"), ("trial/b.md", "# B\n\n## C\n")];
    let edition = edition(&files);
    let sources = HashMap::from(files);
    let broken = |a: &str, b: &str| {
        let page = |html: &str| Body { html: html.to_owned(), ..Body::default() };
        let pages = HashMap::from([("/trial/a".to_owned(), page(a)), ("/trial/b".to_owned(), page(b))]);
        let mut verdict = Verdict::default();
        compare_links(&mut verdict, &edition, &edition.documents()[0], &pages, &sources);
        verdict.faults.len()
    };
    let (link, part) = ("<a href=\"/trial/b#c\">b</a>", "<h2 id=\"c\">C</h2>");
    assert_eq!(broken(link, part), 0);
    assert_eq!(broken("b", part), 1, "the link is gone");
    assert_eq!(broken(link, "<h2>C</h2>"), 1, "its anchor is gone");
    assert_eq!(broken(&format!("{link}<a href=\"/trial/gone\">x</a>"), part), 1, "a page that is not there");
}

#[test]
fn every_word_of_real_files_is_on_their_pages_and_no_link_breaks() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders: Vec<PathBuf> = ["corpus", "playbook", "journeys", "docs"].map(|folder| own.join(folder)).into();
    if let Some(named) = std::env::var_os("CAIRN_TEST_MARKDOWN") {
        folders.extend(std::env::split_paths(&named));
    }
    let mut verdict = Verdict::default();
    for folder in &folders {
        try_folder(&mut verdict, folder);
    }
    let Verdict { files, pages, words, links, faults } = verdict;
    println!("{files} files, {pages} pages, {words} words, {links} links, {} faults", faults.len());
    assert!(pages > 40 && words > 20_000 && links > 100, "{pages} pages, {words} words, {links} links");
    assert!(
        faults.is_empty(),
        "{} faults:\n{}",
        faults.len(),
        faults.get(..faults.len().min(200)).unwrap_or_default().join("\n")
    );
}
