//! What is offered to somebody who is typing: collections and paths for the template of resources, values for arguments of
//! prompts. Names alone, and only those of what the caller may see.

use rmcp::ErrorData;
use rmcp::model::{CompleteRequestParams, CompleteResult, CompletionInfo, Reference};

use crate::library::{NamesOf, Suggested, Verbs};

use super::prompts::BRIEF_ME;
use super::refusal::{failed, missing_prompt};
use super::resources::TEMPLATE;

/// The longest beginning that is looked for, in characters; nothing is called by more.
const TYPED_CHARS: usize = 1_000;

/// Completes an argument.
pub(super) async fn complete(reader: &dyn Verbs, request: CompleteRequestParams) -> Result<CompleteResult, ErrorData> {
    let most = CompletionInfo::MAX_VALUES;
    let typed: String = request.argument.value.chars().take(TYPED_CHARS).collect();
    let names = match (&request.r#ref, request.argument.name.as_str()) {
        (Reference::Resource(template), name) if template.uri == TEMPLATE => match name {
            "collection" => Some(NamesOf::Collections),
            "path" => {
                let context = request.context.and_then(|context| context.arguments);
                Some(NamesOf::Paths(context.and_then(|mut arguments| arguments.remove("collection"))))
            }
            _ => None,
        },
        (Reference::Prompt(prompt), "topic") if prompt.name == BRIEF_ME => Some(NamesOf::Titles),
        _ => None,
    };
    let offered = match (names, request.r#ref) {
        (Some(names), _) => reader.suggest(names, typed, most).await.map_err(|error| failed(&error))?,
        (None, Reference::Prompt(prompt)) if prompt.name != BRIEF_ME => {
            let found = reader.prompt(prompt.name.clone()).await.map_err(|error| failed(&error))?;
            let found = found.ok_or_else(|| missing_prompt(&prompt.name))?;
            let argument = found.arguments.into_iter().find(|argument| argument.name == request.argument.name);
            argument.map_or_else(Suggested::default, |argument| Suggested::of(argument.values, &typed, most))
        }
        _ => Suggested::default(),
    };
    let total = u32::try_from(offered.total).unwrap_or(u32::MAX);
    let more = offered.total > offered.names.len();
    let info = CompletionInfo::with_pagination(offered.names, Some(total), more);
    info.map(CompleteResult::new).map_err(|error| ErrorData::internal_error(error, None))
}
