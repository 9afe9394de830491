//! `cairn get`: a document, or a section of it.

use crate::ledger::Verb;
use crate::library::wire::{DocumentAnswer, ReadRequest};
use crate::library::{Face, Printing};
use crate::owner;

use super::attach::{Reach, Tongue, ask, asking, document_path, reach, with_query};
use super::compose::Stay;
use super::config::Settings;
use super::error::Outcome;
use super::flags::{GetArguments, Place};
use super::output::{self, Style};

pub(super) async fn run(place: Place, arguments: GetArguments, json: bool) -> anyhow::Result<Outcome> {
    let settings = Settings::read(&place)?;
    let GetArguments { id: uri, section, max_tokens, as_of, cursor, process } = arguments;
    let request = ReadRequest { uri, section, max_tokens, as_of, cursor };
    let target = request.parse()?;
    let answer: DocumentAnswer = match reach(&settings, Tongue::Http, "cairn get", Stay::Once).await? {
        Reach::Attached(stream) => {
            // As it was written: which names there are the owner knows.
            let path = document_path(request.uri.strip_prefix("cairn://").unwrap_or(&request.uri));
            let rest = ReadRequest { uri: String::new(), ..request };
            ask(stream, &with_query(&path, &rest)?, None, process.as_deref()).await?
        }
        Reach::Owned(house) => {
            house.ready().await;
            let reader = asking(&owner::reader(&house.library, Face::Cli), process);
            reader.read(Verb::Read, target, Printing::JSON).await?
        }
    };
    if json {
        output::json(&answer)?;
        return Ok(Outcome::Done);
    }
    let Style { dim, plain, .. } = Style::of(&std::io::stdout());
    let [first, last] = answer.citation.lines;
    let more = answer.next_cursor.as_ref().map(|cursor| format!(", more with --cursor {cursor}")).unwrap_or_default();
    let of = match answer.citation.document.as_str() {
        "" => answer.uri.as_str(),
        document => document,
    };
    let briefing = answer.briefing.as_ref().map(|briefing| {
        let (left_out, missing) = (briefing.left_out, briefing.missing);
        format!("; a briefing, sha256 {}, {left_out} left out, {missing} missing", briefing.sha256)
    });
    let briefing = briefing.unwrap_or_default();
    let place = format!("{of}:{first}-{last}, about {} tokens{more}{briefing}", answer.tokens);
    output::text(&format!("{}\n{dim}{place} ({}){plain}\n", output::safe(&answer.text), answer.retrieval_id))?;
    Ok(Outcome::Done)
}
