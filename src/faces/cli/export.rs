//! `cairn export site`: the public pages as files.
//!
//! Never touches the data folder: the corpus is indexed aside, so that it works beside a server and in CI. Nothing is
//! asked, so that there is nothing to record. Files of an export are listed in one of them, which is written last: an
//! export that was cut short is gone on with, and none ever removes a file that it did not write.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use serde::Serialize;

use crate::ledger::{Haste, LedgerSink, Receipt, Record, Sequence, SystemClock, SystemRandomness};
use crate::library::{Library, Outside, PublicLibrary};
use crate::site::{Exported, Site, SiteOptions, Still};

use super::config::{Settings, scratch};
use super::error::{CliError, Outcome};
use super::flags::{ExportArguments, ExportCommand, Place};
use super::output;

/// The list of an export's files, as JSON.
const LIST: &str = ".cairn-site";

/// What was done, as `--json` prints it.
#[derive(Debug, Default, Serialize)]
struct Report {
    folder: PathBuf,
    files: usize,
    written: usize,
    unchanged: usize,
    removed: usize,
}

/// There is no ledger: nothing is asked, and what is public is no news. Takes what comes, and forgets it.
#[derive(Debug)]
struct Unasked;

impl LedgerSink for Unasked {
    fn append_record(&self, _: Record, _: Haste) -> Receipt {
        Receipt::written(Sequence(0))
    }
}

/// A data folder for one export; gone when dropped.
struct Aside(PathBuf);

impl Drop for Aside {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0).is_ok();
    }
}

pub(super) async fn run(place: &Place, arguments: ExportArguments, json: bool) -> anyhow::Result<Outcome> {
    let ExportCommand::Site { folder, public_url } = arguments.what;
    let settings = Settings::read(place)?;
    let before = listed(&folder)?;
    let aside = Aside(scratch().join(format!("cairn-export-{}", std::process::id())));
    std::fs::create_dir_all(&aside.0).with_context(|| format!("{}: cannot be made", aside.0.display()))?;
    let library = opened(&settings, &aside.0)?;
    library.wait_ready().await;
    library.wait_lines().await;
    let options = SiteOptions {
        name: settings.name.clone(),
        public_url: public_url.or_else(|| settings.public_url.clone()).map(|url| url.trim_end_matches('/').to_owned()),
        edit_url: settings.edit_url.clone(),
        history: false,
        ..SiteOptions::default()
    };
    let public = library.public();
    let site = Site::new(public.clone(), options, public.now());
    let mut files = Vec::new();
    site.export(|file| {
        files.push(file);
        anyhow::Ok(())
    })?;
    let report = write(&folder, &before, files, &public).await?;
    if json {
        output::json(&report)?;
    } else {
        output::text(&format!(
            "{}: {}, {} written, {} unchanged, {} removed\n",
            report.folder.display(),
            output::count(report.files, "file"),
            report.written,
            report.unchanged,
            report.removed
        ))?;
    }
    Ok(Outcome::Done)
}

/// Opens the corpus in a data folder of its own.
fn opened(settings: &Settings, data: &Path) -> anyhow::Result<Library> {
    let mut options = settings.options();
    options.data = data.to_owned();
    options.watch = false;
    options.progress = output::progress();
    let outside = Outside {
        embedder: settings.embedder.open(&settings.data)?,
        sink: Arc::new(Unasked),
        clock: Arc::new(SystemClock),
        randomness: Arc::new(SystemRandomness),
    };
    Ok(Library::open(options, outside)?)
}

/// The files that an earlier export wrote into a folder.
fn listed(folder: &Path) -> anyhow::Result<BTreeSet<String>> {
    let list = folder.join(LIST);
    match std::fs::read_to_string(&list) {
        Ok(text) => {
            let read = serde_json::from_str::<BTreeSet<String>>(&text);
            return Ok(read.map_err(|source| CliError::ExportList { path: list, source: Box::new(source) })?);
        }
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("{}: cannot be read", list.display()));
        }
        Err(_) => {}
    }
    let empty = std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    if empty && !folder.is_file() {
        Ok(BTreeSet::new())
    } else {
        Err(CliError::NoExport { folder: folder.to_owned() }.into())
    }
}

/// Writes what has changed and removes what is gone.
async fn write(
    folder: &Path,
    before: &BTreeSet<String>,
    files: Vec<Exported>,
    library: &PublicLibrary,
) -> anyhow::Result<Report> {
    let mut report = Report { folder: folder.to_owned(), ..Report::default() };
    std::fs::create_dir_all(folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
    // Before the first file: what is cut short is an export all the same.
    let mut names = before.clone();
    names.extend(files.iter().map(|file| file.path.clone()));
    list(folder, &names)?;
    let mut there = BTreeSet::new();
    for Exported { path, still } in files {
        let bytes = match still {
            Still::Text(text) => text.into_bytes(),
            Still::Asset(asset) => asset.bytes.to_vec(),
            Still::Image(image) => match library.picture(&image).await? {
                Some(picture) => picture.as_ref().to_vec(),
                None => continue,
            },
        };
        let place = folder.join(&path);
        if std::fs::read(&place).is_ok_and(|found| found == bytes) {
            report.unchanged += 1;
        } else {
            put(&place, &bytes)?;
            report.written += 1;
        }
        there.insert(path);
    }
    let is_below = |name: &String| Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    for gone in names.difference(&there).filter(|name| is_below(name)) {
        report.removed += usize::from(std::fs::remove_file(folder.join(gone)).is_ok());
        for above in Path::new(gone).ancestors().skip(1).filter(|above| !above.as_os_str().is_empty()) {
            // Only what is empty goes.
            let _gone = std::fs::remove_dir(folder.join(above)).is_ok();
        }
    }
    list(folder, &there)?;
    report.files = there.len();
    Ok(report)
}

/// Writes the list of an export's files.
fn list(folder: &Path, names: &BTreeSet<String>) -> anyhow::Result<()> {
    put(&folder.join(LIST), &serde_json::to_vec_pretty(names)?)
}

/// Puts a file into its place, whole or not at all.
fn put(place: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let fail = || format!("{}: cannot be written", place.display());
    if let Some(above) = place.parent() {
        std::fs::create_dir_all(above).with_context(fail)?;
    }
    let mut name = place.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let aside = place.with_file_name(name);
    std::fs::write(&aside, bytes).with_context(fail)?;
    std::fs::rename(&aside, place).with_context(fail)
}
