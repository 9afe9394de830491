//! `cairn browse`: what there is.

use std::fmt::Write as _;

use crate::ledger::Verb;
use crate::library::Face;
use crate::library::wire::{BrowseAnswer, BrowseRequest};
use crate::owner;

use super::attach::{Reach, Tongue, ask, asking, reach, with_query};
use super::compose::Stay;
use super::config::Settings;
use super::error::Outcome;
use super::flags::{BrowseArguments, Place};
use super::output::{self, Style};

pub(super) async fn run(place: Place, arguments: BrowseArguments, json: bool) -> anyhow::Result<Outcome> {
    let settings = Settings::read(&place)?;
    let BrowseArguments { collection, prefix, kind, limit, cursor, process } = arguments;
    let request = BrowseRequest { collection, prefix, kind, cursor, limit };
    let query = request.parse()?;
    let answer: BrowseAnswer = match reach(&settings, Tongue::Http, "cairn browse", Stay::Once).await? {
        Reach::Attached(stream) => {
            ask(stream, &with_query("/api/v1/documents", &request)?, None, process.as_deref()).await?
        }
        Reach::Owned(house) => {
            house.library.wait_ready().await;
            asking(&owner::reader(&house.library, Face::Cli), process).browse(Verb::Browse, query).await?
        }
    };
    let outcome = if answer.documents.is_empty() { Outcome::Nothing } else { Outcome::Done };
    if json {
        output::json(&answer)?;
        return Ok(outcome);
    }
    let Style { dim, plain, .. } = Style::of(&std::io::stdout());
    let mut text = String::new();
    for document in &answer.documents {
        let id = document.uri.trim_start_matches("cairn://");
        let line = format!(
            "{}  {} {dim}({}, {}){plain}",
            output::safe(id),
            output::safe(&document.title),
            output::safe(&document.kind),
            document.status
        );
        let _ok = writeln!(text, "{line}").is_ok();
    }
    let counts: Vec<String> =
        answer.collections.iter().map(|collection| format!("{} {}", collection.name, collection.documents)).collect();
    let more = answer.next_cursor.as_ref().map(|cursor| format!(", more with --cursor {cursor}")).unwrap_or_default();
    let _ok = writeln!(text, "{dim}{} shown; collections: {}{more}{plain}", answer.documents.len(), counts.join(", "))
        .is_ok();
    output::text(&text)?;
    Ok(outcome)
}
