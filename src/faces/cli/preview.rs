//! `cairn preview`: the site as its editor wants it while writing: pages that are drawn anew with each save, and what is
//! wrong with them in the margin.
//!
//! It has a data folder of its own below the other one, so that it runs beside a server, and what an editor looks at
//! stands in no ledger that others read. It listens on this machine only.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::watch;

use crate::http::{App, Preview, serve};
use crate::ledger::SystemRandomness;
use crate::library::{Checked, Library, LibraryError, check};
use crate::site::Noted;

use super::compose::{House, Stay};
use super::config::Settings;
use super::error::{CliError, Outcome};
use super::flags::{Place, PreviewArguments};
use super::output::{self, Style};
use super::serve::{app_options, take_places, until, wait_for_signal};

/// What it calls itself in the lock while it starts.
const STARTING: &str = "cairn preview, starting";
/// How long a page that changed waits for what is wrong with it, so that it is drawn once. In a big corpus it is drawn
/// twice.
const FINDINGS_TAKE: Duration = Duration::from_millis(80);

pub(super) async fn run(mut place: Place, arguments: PreviewArguments, json: bool) -> anyhow::Result<Outcome> {
    let PreviewArguments { folder, listen, open } = arguments;
    if !listen.ip().is_loopback() {
        return Err(CliError::PreviewExposed { address: listen }.into());
    }
    place.root = folder.or(place.root);
    let mut settings = Settings::read(&place)?;
    settings.data = settings.data.join("preview");
    (settings.listen, settings.public_url, settings.skills) = (listen, None, false);
    let (listener, mut folder) = take_places(&settings, STARTING).await?;
    let preview = Preview::new(&SystemRandomness)?;
    let address = listener.local_addr()?;
    let url = format!("http://{address}{}", preview.way_in());
    folder.announce(&url)?;
    let started = Instant::now();
    let house = tokio::task::block_in_place(|| House::open(&settings, folder, Stay::Server))?;
    let House { folder, library, ledger, keyring, .. } = house;
    let options = app_options(&settings, address);
    let app = App::for_editor(Arc::clone(&library), keyring, ledger, options, Arc::clone(&preview))?;
    let (stop, stopped) = watch::channel(false);
    let serving = tokio::spawn(serve(listener, Arc::clone(&app), until(stopped)));
    let ended = tokio::select! {
        ended = attend(&settings, &library, &preview, || {
            let banner = Banner::of(&settings, &url, &library, started.elapsed());
            announce(&banner, json)?;
            if open { show(&settings.data, &url) } else { Ok(()) }
        }) => ended,
        () = wait_for_signal()? => Ok(()),
    };
    tracing::info!("stopping");
    // Whoever serves holds a receiver as long as it does.
    let _told = stop.send(true).is_ok();
    let served = serving.await;
    tokio::task::block_in_place(|| app.close());
    drop(folder);
    ended?;
    served??;
    Ok(Outcome::Done)
}

/// Says where the preview is once everything is compared with the disk, and tells its pages what is wrong with each
/// generation.
async fn attend(
    settings: &Settings,
    library: &Library,
    preview: &Arc<Preview>,
    announce: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    library.wait_ready().await;
    let mut status = library.status();
    let mut announce = Some(announce);
    loop {
        let known = status.borrow_and_update().generations;
        let options = settings.options();
        let mut looking = tokio::spawn(async move { tokio::task::block_in_place(|| check(&options)) });
        let checked = match tokio::time::timeout(FINDINGS_TAKE, &mut looking).await {
            Ok(checked) => checked?,
            Err(_) => {
                preview.turn();
                looking.await?
            }
        };
        tell(settings, preview, checked);
        if let Some(announce) = announce.take() {
            tokio::task::block_in_place(announce)?;
        }
        // The indexer has ended when this fails: what is there goes on to be shown.
        if status.wait_for(|status| status.generations != known).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

fn tell(settings: &Settings, preview: &Preview, checked: Result<Checked, LibraryError>) {
    match checked {
        Ok(checked) => preview.tell(checked.files.into_iter().map(|file| noted(settings, file)).collect()),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "the files cannot be checked");
            preview.turn();
        }
    }
}

fn noted(settings: &Settings, file: crate::library::FileFindings) -> Noted {
    Noted {
        document: file.document(),
        file: settings.file(file.collection.as_str(), file.path.as_str()),
        visibility: file.visibility.map(|visibility| visibility.as_str()),
        findings: file.findings,
    }
}

/// What an editor or a script needs to begin.
#[derive(Debug, Serialize)]
struct Banner {
    url: String,
    root: String,
    data: String,
    pid: u32,
    documents: usize,
    ready_ms: u128,
}

impl Banner {
    fn of(settings: &Settings, url: &str, library: &Library, took: Duration) -> Self {
        Self {
            url: url.to_owned(),
            root: settings.root.display().to_string(),
            data: settings.data.display().to_string(),
            pid: std::process::id(),
            documents: library.shelves().iter().map(|shelf| shelf.documents).sum(),
            ready_ms: took.as_millis(),
        }
    }
}

fn announce(banner: &Banner, json: bool) -> anyhow::Result<()> {
    if json {
        return output::banner(banner);
    }
    let Style { strong, dim, plain, .. } = Style::of(&std::io::stdout());
    let (url, ready_ms) = (&banner.url, banner.ready_ms);
    output::text(&format!(
        "{strong}Cairn{plain} previews {} of {}\n{dim}  ready in {ready_ms} ms; private ones are shown, too: the address is for you alone{plain}\n\n  Browser        {strong}{url}{plain}\n\nPages change as you save. Ctrl-C ends it.\n",
        output::count(banner.documents, "document"),
        banner.root,
    ))
}

/// Opens the preview in the browser. The key goes there in a file that nobody else can read: what a program is started with
/// everybody on this machine can see.
fn show(data: &Path, url: &str) -> anyhow::Result<()> {
    let page = data.join("open.html");
    // The address is an IP address, a port and hexadecimal digits.
    std::fs::write(&page, format!("<!DOCTYPE html><meta http-equiv=\"refresh\" content=\"0; url={url}\">\n"))?;
    let opener = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let mut command = std::process::Command::new(opener);
    command.arg(&page).stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
    if let Err(error) = command.stderr(std::process::Stdio::null()).spawn() {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "{opener}: cannot be started; open the address by hand"
        );
    }
    Ok(())
}
