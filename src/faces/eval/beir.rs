//! Folders in BEIR's form: `corpus.jsonl`, `queries.jsonl` and `qrels.tsv` (Thakur et al., "BEIR: A Heterogeneous
//! Benchmark for Zero-shot Evaluation of Information Retrieval Models", 2021), with two extensions.
//!
//! A row of the corpus may name the `file` it is a section of, and the `path` of its headings; then judgements name
//! files, and a file's rank is that of its best section. A query may have a `kind`, by which sets are told apart, and
//! may `exclude` names from its ranking. Rows become Markdown and are read as Cairn reads a corpus; with [`Rows::Raw`]
//! it is the Markdown under `raw/` that is read, judged by file.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde::Deserialize;

use crate::access::{CollectionName, Visibility};
use crate::corpus::{DocumentId, Source, SourceFile, SourcePath};
use crate::library::{Aside, Means};

use super::found::Names;
use super::read::read_text;
use super::set::{Place, Question, Set};
use super::{EvalError, Judgements};

/// The collection that rows and files are put into.
const COLLECTION: &str = "beir";

/// How many rows lie in one folder of what is made of them.
const ROWS_A_FOLDER: usize = 1_000;

/// What is indexed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// The rows of `corpus.jsonl`.
    Given,
    /// The Markdown files under `raw/`.
    Raw,
}

/// A folder, set aside and ready to be asked.
#[derive(Debug)]
pub struct Beir {
    /// Its shelves: one, public.
    pub aside: Aside,
    /// What judgements call what is on them.
    pub names: Names,
    /// One set for each `kind` of query, by kind.
    pub sets: Vec<Set>,
}

#[derive(Debug, Deserialize)]
struct Row {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    title: String,
    text: String,
    #[serde(default)]
    file: Option<String>,
    #[serde(default)]
    path: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Query {
    #[serde(rename = "_id")]
    id: String,
    text: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    exclude: Vec<String>,
}

impl Beir {
    /// Reads a folder and sets its corpus aside.
    ///
    /// # Errors
    /// Names the file and line that can't be read; fails when the index can't be built.
    pub fn open(folder: &Path, rows: Rows, means: &Means) -> Result<Self, EvalError> {
        let sets = sets(folder)?;
        let (files, names) = match rows {
            Rows::Given => given(folder)?,
            Rows::Raw => raw(folder)?,
        };
        let files = files.into_iter().map(|file| (file, Visibility::Public));
        Ok(Self { aside: Aside::of_files(files, means)?, names: Names::Given(names), sets })
    }
}

type Files = (Vec<SourceFile>, HashMap<DocumentId, String>);

/// Each row becomes a file: its title, its headings, its text.
fn given(folder: &Path) -> Result<Files, EvalError> {
    let rows: Vec<(Row, u32)> = lines(&folder.join("corpus.jsonl"))?;
    let collection = collection();
    let (mut files, mut names) = (Vec::with_capacity(rows.len()), HashMap::with_capacity(rows.len()));
    for (number, (row, _)) in rows.into_iter().enumerate() {
        let path = SourcePath::new(&format!("{}/{number}.md", number / ROWS_A_FOLDER));
        let bytes = markdown(&row).into_bytes();
        names.insert(DocumentId::of(&collection, &path), row.file.unwrap_or(row.id));
        files.push(SourceFile { collection: collection.clone(), path, bytes, modified_ns: 0 });
    }
    Ok((files, names))
}

fn markdown(row: &Row) -> String {
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let title = line(&row.title);
    let mut text = String::with_capacity(row.text.len() + 200);
    if !title.is_empty() {
        text.push_str(&format!("# {title}\n\n"));
    }
    // The first heading of the path is the title again.
    let below = row.path.iter().map(|heading| line(heading)).skip_while(|heading| *heading == title);
    for (heading, level) in below.filter(|heading| !heading.is_empty()).zip(2..=6) {
        text.push_str(&format!("{} {heading}\n\n", "#".repeat(level)));
    }
    text.push_str(&row.text);
    text.push('\n');
    text
}

fn raw(folder: &Path) -> Result<Files, EvalError> {
    let folder = folder.join("raw");
    let root = std::fs::canonicalize(&folder).map_err(|source| EvalError::File { path: folder, source })?;
    let source = Source::new(collection(), root, Visibility::Public);
    let (mut files, mut names) = (Vec::new(), HashMap::new());
    for listed in source.list().files {
        if let Ok(file) = source.read(&listed.path) {
            names.insert(DocumentId::of(&source.collection, &file.path), file.path.to_string());
            files.push(file);
        }
    }
    Ok((files, names))
}

fn collection() -> CollectionName {
    CollectionName::parse(COLLECTION).expect("the constant is a name")
}

/// The queries with their judgements, one set a kind.
fn sets(folder: &Path) -> Result<Vec<Set>, EvalError> {
    let (path, judgements) = (folder.join("queries.jsonl"), qrels(&folder.join("qrels.tsv"))?);
    let name = folder.file_name().map_or_else(|| COLLECTION.to_owned(), |name| name.to_string_lossy().into_owned());
    let file = path.display().to_string();
    let queries: Vec<(Query, u32)> = lines(&path)?;
    let mut known: BTreeMap<&str, u32> = BTreeMap::new();
    let mut sets: BTreeMap<String, Vec<Question>> = BTreeMap::new();
    for (query, line) in &queries {
        if let Some(first) = known.insert(&query.id, *line) {
            let what = format!("_id {:?} is that of line {first}, too", query.id);
            return Err(EvalError::Malformed { file, line: *line, what });
        }
        sets.entry(query.kind.clone()).or_default().push(Question {
            id: query.id.clone(),
            text: query.text.clone(),
            relevant: judgements.get(&query.id).map(|(judged, _)| judged.clone()).unwrap_or_default(),
            must_not: Vec::new(),
            tags: Vec::new(),
            asker: None,
            exclude: query.exclude.clone(),
            place: Place { file: file.clone(), line: *line },
        });
    }
    if let Some((query, (_, line))) = judgements.iter().find(|(query, _)| !known.contains_key(query.as_str())) {
        let file = folder.join("qrels.tsv").display().to_string();
        return Err(EvalError::Malformed { file, line: *line, what: format!("{query:?} is not in queries.jsonl") });
    }
    let set = |(kind, questions): (String, _)| {
        let name = if kind.is_empty() { name.clone() } else { format!("{name} {kind}") };
        Set { name, questions }
    };
    Ok(sets.into_iter().map(set).collect())
}

/// Judgements by query, each with the line of its first one. The first line is a header.
fn qrels(path: &Path) -> Result<BTreeMap<String, (Judgements, u32)>, EvalError> {
    let mut all: BTreeMap<String, (Judgements, u32)> = BTreeMap::new();
    for (line, number) in read_text(path)?.lines().zip(1_u32..).skip(1) {
        if line.trim().is_empty() {
            continue;
        }
        let malformed = || EvalError::Malformed {
            file: path.display().to_string(),
            line: number,
            what: "is not query, name and grade with tabs between them".to_owned(),
        };
        let mut parts = line.split('\t');
        let (Some(query), Some(name), Some(grade), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(malformed());
        };
        // Some collections write -1 for what was found to be spam.
        let grade: i64 = grade.trim().parse().map_err(|_| malformed())?;
        let grade = u32::try_from(grade.max(0)).map_err(|_| malformed())?;
        all.entry(query.to_owned()).or_insert_with(|| (Judgements::new(), number)).0.insert(name.to_owned(), grade);
    }
    Ok(all)
}

/// The JSON objects of a file, one a line, with their lines.
fn lines<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<Vec<(T, u32)>, EvalError> {
    let text = read_text(path)?;
    let written = text.lines().zip(1_u32..).filter(|(line, _)| !line.trim().is_empty());
    written
        .map(|(line, number)| {
            let read = serde_json::from_str(line);
            let malformed = |error: serde_json::Error| EvalError::Malformed {
                file: path.display().to_string(),
                line: number,
                what: error.to_string(),
            };
            Ok((read.map_err(malformed)?, number))
        })
        .collect()
}

#[cfg(test)]
#[path = "beir_tests.rs"]
mod tests;
