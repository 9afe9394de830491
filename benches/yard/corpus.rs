//! Corpora of any size: real pages, and variants of them in which words are exchanged.
//!
//! `CAIRN_BENCH_CORPUS=DIR` names a folder of Markdown; else judged collections beside the repository are taken when
//! they are there, and else this repository's own pages. A variant has every fourth longer word exchanged for another
//! word of the corpus, so that neither stems nor vectors are duplicates.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cairn::access::{CollectionName, Visibility};
use cairn::corpus::{SourceFile, SourcePath};
use cairn::governance::{Rules, draft};

/// A passage as an index takes it.
pub(crate) struct Passage {
    pub(crate) title: String,
    /// Title, headings and body in plain words; in a page's first also its description, tags and other names.
    pub(crate) text: String,
}

/// Where the real pages are.
fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if let Some(folder) = std::env::var_os("CAIRN_BENCH_CORPUS") {
        return vec![PathBuf::from(folder)];
    }
    let judged: Vec<PathBuf> =
        ["docs-dapr", "docs-playbook"].iter().map(|set| root.join("../shared/eval").join(set).join("raw")).collect();
    if judged.iter().all(|folder| folder.is_dir()) {
        return judged;
    }
    ["playbook", "journeys", "corpus"].iter().map(|folder| root.join(folder)).collect()
}

/// The Markdown files under a folder, in order.
pub(crate) fn markdown(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The passages of a file that strangers may read, as Cairn reads it; one without a title is named after its file.
fn passages_of(rules: &Rules, path: &Path, text: &str) -> Vec<Passage> {
    let file = SourceFile {
        collection: CollectionName::parse("docs").unwrap(),
        path: SourcePath::new(path.file_name().and_then(|name| name.to_str()).unwrap()),
        bytes: text.as_bytes().to_vec(),
        modified_ns: 0,
    };
    let draft = draft(rules, file, Visibility::Public);
    if draft.is_narrowed() {
        return Vec::new();
    }
    let (record, body) = draft.classify(Visibility::Public).into_parts();
    let meta = &record.meta;
    let mut about: Vec<&str> =
        meta.description.iter().chain(&meta.tags).chain(&meta.aliases).map(String::as_str).collect();
    let mut passage = |(chunk, plain): (&cairn::corpus::Chunk, &String)| {
        let about = std::mem::take(&mut about);
        let parts = [vec![record.title.as_str()], record.heading_path(chunk.section), about, vec![plain.as_str()]];
        Passage { title: record.title.clone(), text: parts.concat().join(". ") }
    };
    record.chunks.iter().zip(&body.plain).map(&mut passage).collect()
}

/// The passages of every file under a folder.
pub(crate) fn passages(folder: &Path) -> Vec<Passage> {
    let rules = Rules::built_in();
    let read = |path: &PathBuf| passages_of(&rules, path, &fs::read_to_string(path).unwrap_or_default());
    markdown(folder).iter().flat_map(read).collect()
}

/// Writes a corpus of about `wanted` passages into `folder`; gives how many there are.
pub(crate) fn write(folder: &Path, wanted: usize) -> usize {
    fill(folder, |_, passages| passages >= wanted).1
}

/// Writes a corpus of so many pages into `folder`.
pub(crate) fn write_pages(folder: &Path, wanted: usize) {
    fill(folder, |pages, _| pages >= wanted);
}

/// Writes pages until there are enough of them, or of passages; gives how many of both there are.
fn fill(folder: &Path, enough: impl Fn(usize, usize) -> bool) -> (usize, usize) {
    let mut pages: Vec<String> = Vec::new();
    for real in folders() {
        pages.extend(markdown(&real).iter().filter_map(|path| fs::read_to_string(path).ok()));
    }
    assert!(!pages.is_empty(), "there is no Markdown to measure with");
    let words: BTreeSet<&str> = pages.iter().flat_map(|page| page.split(|c: char| !c.is_ascii_alphabetic())).collect();
    let words: Vec<&str> = words.into_iter().filter(|word| word.len() >= 5).collect();
    let rules = Rules::built_in();
    let (mut files, mut written, mut variant) = (0, 0, 0);
    loop {
        for (at, page) in pages.iter().enumerate() {
            let text = if variant == 0 { page.clone() } else { exchanged(page, variant, &words) };
            // Folders of a sensible size, as a repository has them.
            let place = folder.join(format!("v{variant}/{}", at / 50));
            fs::create_dir_all(&place).unwrap();
            let path = place.join(format!("page-{at}.md"));
            let passages = passages_of(&rules, &path, &text).len();
            // Of real pages some show keys, and words that are exchanged make more that look like some: a server keeps
            // those from strangers.
            if passages > 0 {
                fs::write(&path, &text).unwrap();
                files += 1;
            }
            written += passages;
            if enough(files, written) {
                return (files, written);
            }
        }
        variant += 1;
    }
}

/// Exchanges every fourth longer word of the running text; markup and front matter stay as they are.
fn exchanged(page: &str, variant: u64, words: &[&str]) -> String {
    let mut dice = variant.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut text = String::with_capacity(page.len());
    for line in page.split_inclusive('\n') {
        if line.starts_with(['-', '`', '|', '<', '{'])
            || line.split_once(':').is_some_and(|(key, _)| !key.contains(' '))
        {
            text.push_str(line);
            continue;
        }
        for word in line.split_inclusive(|c: char| !c.is_ascii_alphabetic()) {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let letters = word.trim_end_matches(|c: char| !c.is_ascii_alphabetic());
            if letters.len() >= 5 && (dice >> 33).is_multiple_of(4) {
                let other = usize::try_from(dice >> 20).unwrap_or(0) % words.len();
                text.push_str(words[other]);
                text.push_str(word.strip_prefix(letters).unwrap_or_default());
            } else {
                text.push_str(word);
            }
        }
    }
    text
}

/// Questions of two to eight words: those of the judged collections when they are there, else the pages' headings.
pub(crate) fn questions(folder: &Path) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/eval");
    let mut questions = Vec::new();
    for set in ["docs-dapr", "docs-playbook"] {
        let text = fs::read_to_string(root.join(set).join("queries.jsonl")).unwrap_or_default();
        let rows = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        questions.extend(rows.filter_map(|row| row["text"].as_str().map(str::to_owned)));
    }
    if questions.is_empty() {
        let pages = markdown(folder).into_iter().filter_map(|path| fs::read_to_string(path).ok());
        questions = pages.flat_map(|page| headings(&page)).collect();
    }
    questions.retain(|question| (2..=8).contains(&question.split_whitespace().count()));
    // Spread over the corpus, and the same at every run.
    let step = (questions.len() / 400).max(1);
    questions.into_iter().step_by(step).take(400).collect()
}

fn headings(page: &str) -> Vec<String> {
    page.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect()
}
