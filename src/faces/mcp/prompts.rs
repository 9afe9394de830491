//! Documents as prompts, and `brief_me`: a briefing on a topic, made of passages.
//!
//! A prompt is what its document says, with its arguments filled in. The one who asks chose it, so that its text stands
//! for itself; passages of a briefing are fenced as data. Each that is had has its record in the ledger.

use std::collections::BTreeMap;

use rmcp::ErrorData;
use rmcp::model::{
    CacheScope, GetPromptRequestParams, GetPromptResult, JsonObject, ListPromptsResult, MetaObject, Prompt,
    PromptArgument, PromptMessage, Role,
};
use serde_json::{Value, json};

use crate::corpus::{VALUE_CHARS, fill};
use crate::ledger::Verb;
use crate::library::wire::{ReadRequest, SearchRequest};
use crate::library::{self, Printing, ReadError, Verbs};
use crate::retrieval::{Cursor, TokenBudget, count_tokens};

use super::refusal::{failed, missing_prompt};
use super::search_context;
use super::text::unrecorded;

/// The prompt that is no document.
pub(super) const BRIEF_ME: &str = "brief_me";

/// The most passages of a briefing: the budget is what bounds it.
const BRIEF_PASSAGES: i64 = 20;

/// How many tokens may be filled in where a document has almost as many as an answer may.
const FILLED_TOKENS: usize = 2_000;

/// One page of the prompts the caller may see; the first begins with `brief_me`.
pub(super) async fn list(reader: &dyn Verbs, cursor: Option<String>) -> Result<ListPromptsResult, ErrorData> {
    let place = cursor.as_deref().map(Cursor::parse).transpose().map_err(|error| failed(&error.into()))?;
    let first = place.is_none();
    let listed = reader.prompts(place).await.map_err(|error| failed(&error))?;
    let documents = listed.prompts.into_iter().filter(|prompt| prompt.name != BRIEF_ME).map(described);
    let prompts = first.then(brief_me).into_iter().chain(documents).collect();
    let mut result = ListPromptsResult::with_all_items(prompts).with_ttl_ms(0).with_cache_scope(CacheScope::Private);
    result.next_cursor = listed.next.map(|cursor| cursor.to_string());
    Ok(result)
}

fn brief_me() -> Prompt {
    let topic = PromptArgument::new("topic").with_description("What to be briefed on.").with_required(true);
    let budget = format!("How long at most, in tokens, up to {}. Default 4000.", TokenBudget::MAX);
    let budget = PromptArgument::new("max_tokens").with_description(budget).with_required(false);
    let about = "What this knowledge base says on a topic, with sources, before work on it begins.";
    Prompt::new(BRIEF_ME, Some(about), Some(vec![topic, budget])).with_title("Brief me")
}

fn described(prompt: library::Prompt) -> Prompt {
    let argument = |argument: crate::corpus::Argument| {
        let described = PromptArgument::new(argument.name).with_required(argument.required);
        match argument.description {
            Some(description) => described.with_description(description),
            None => described,
        }
    };
    let arguments = prompt.arguments.into_iter().map(argument).collect();
    Prompt::new(prompt.name, prompt.description, Some(arguments)).with_title(prompt.title)
}

/// A prompt, filled in.
pub(super) async fn get(reader: &dyn Verbs, request: GetPromptRequestParams) -> Result<GetPromptResult, ErrorData> {
    let given = texts(request.arguments.unwrap_or_default())?;
    if request.name == BRIEF_ME {
        return brief(reader, given).await;
    }
    let name = request.name;
    let found = reader.prompt(name.clone()).await.map_err(|error| failed(&error))?;
    let prompt = found.ok_or_else(|| missing_prompt(&name))?;
    // What is wrong with the arguments is said before anything is read.
    fill("", &prompt.arguments, &given, |_| true)
        .map_err(|error| ErrorData::invalid_params(error.to_string(), None))?;
    let most = i64::try_from(TokenBudget::MAX).unwrap_or(i64::MAX);
    let target = ReadRequest { uri: prompt.id.uri(), max_tokens: Some(most), ..ReadRequest::default() };
    let target = target.parse().map_err(|error| failed(&error))?;
    let answer = reader.read(Verb::Prompt, target, Printing::MARKDOWN).await.map_err(|error| match error {
        ReadError::NoDocument { .. } => missing_prompt(&name),
        error => failed(&error),
    })?;
    let most = TokenBudget::MAX.max(count_tokens(&answer.text) + FILLED_TOKENS);
    let fits = |text: &str| count_tokens(text) <= most;
    let mut text = fill(&answer.text, &prompt.arguments, &given, fits)
        .map_err(|error| ErrorData::invalid_params(error.to_string(), None))?;
    if let Some(cursor) = &answer.next_cursor {
        text.push_str(&format!(
            "\n\n(It goes on: call get_document with uri {} and cursor {cursor}, and fill in the rest as above.)\n",
            answer.uri
        ));
    }
    let mut meta = receipt(&answer.retrieval_id, answer.recorded);
    meta.insert("cairn/citation".to_owned(), json!(answer.citation));
    let description = prompt.description.unwrap_or(prompt.title);
    let mut result =
        GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)]).with_description(description);
    result.meta = Some(meta);
    Ok(result)
}

/// A briefing on a topic: passages with their sources, as a search gives them.
async fn brief(reader: &dyn Verbs, mut given: BTreeMap<String, String>) -> Result<GetPromptResult, ErrorData> {
    let refused = |what: String| ErrorData::invalid_params(what, None);
    let topic = given.remove("topic").filter(|topic| !topic.trim().is_empty());
    let topic = topic.ok_or_else(|| refused("topic: is missing; say what to be briefed on".to_owned()))?;
    let max_tokens = given.remove("max_tokens").filter(|text| !text.trim().is_empty());
    if let Some(unknown) = given.keys().next() {
        let unknown: String = unknown.chars().take(64).collect();
        return Err(refused(format!("{unknown}: is no argument of this prompt; it takes topic, max_tokens")));
    }
    let mut asked = JsonObject::new();
    asked.insert("query".to_owned(), topic.clone().into());
    asked.insert("limit".to_owned(), BRIEF_PASSAGES.into());
    if let Some(max_tokens) = max_tokens {
        asked.insert("max_tokens".to_owned(), max_tokens.into());
    }
    let request: SearchRequest = super::arguments(asked).map_err(|error| refused(error.to_string()))?;
    let mut query = request.parse(search_context::MAX_LIMIT).map_err(|error| failed(&error))?;
    let topic = topic.split_whitespace().collect::<Vec<_>>().join(" ");
    let head = format!(
        "Brief me on: {topic}\n\nUse what this knowledge base says, which is below. Say what holds, what is not in force \
         any more, and what is not answered; cite the uri and lines of what you use, and make nothing up.\n\n"
    );
    query.budget = beside(&head, query.budget).map_err(refused)?;
    let answer =
        reader.search(Verb::Prompt, query, search_context::printing()).await.map_err(|error| failed(&error))?;
    let mut text = head + &search_context::TEXT.print(&answer);
    unrecorded(&mut text, answer.recorded);
    let description = format!("A briefing on {}", topic.chars().take(200).collect::<String>());
    let mut result =
        GetPromptResult::new(vec![PromptMessage::new_text(Role::User, text)]).with_description(description);
    result.meta = Some(receipt(&answer.retrieval_id, answer.recorded));
    Ok(result)
}

/// What the head of a briefing leaves of its budget.
fn beside(head: &str, budget: TokenBudget) -> Result<TokenBudget, String> {
    let head = count_tokens(head);
    let room = budget.get().saturating_sub(head);
    let least = head + TokenBudget::MIN;
    i64::try_from(room)
        .ok()
        .and_then(|room| TokenBudget::parse(room).ok())
        .ok_or_else(|| format!("max_tokens: {} is too few for a briefing on this; give {least} or more", budget.get()))
}

fn receipt(retrieval: &str, recorded: bool) -> MetaObject {
    let mut meta = MetaObject::new();
    meta.insert("cairn/retrieval_id".to_owned(), json!(retrieval));
    if !recorded {
        meta.insert("cairn/recorded".to_owned(), json!(false));
    }
    meta
}

/// Arguments of prompts are texts; numbers and truth values are taken as what they look like.
fn texts(given: JsonObject) -> Result<BTreeMap<String, String>, ErrorData> {
    let mut texts = BTreeMap::new();
    for (name, value) in given {
        let text = match value {
            Value::String(text) => text,
            Value::Null => continue,
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            Value::Array(_) | Value::Object(_) => {
                let name: String = name.chars().take(64).collect();
                let what = format!("{name}: is not a text; give a text of at most {VALUE_CHARS} characters");
                return Err(ErrorData::invalid_params(what, None));
            }
        };
        texts.insert(name, text);
    }
    Ok(texts)
}
