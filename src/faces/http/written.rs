//! `/api/v1/feedback`, `/gaps`, `/outcomes` and `/changes`: what people and agents write of retrievals, documents and
//! runs. Strangers are answered as if none of these were there: the door sees to it.

use axum::body::Bytes;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;

use crate::library::wire::{ChangeReceipt, ChangeRequest, FeedbackRequest, GapRequest, OutcomeRequest};
use crate::library::{Pen, WriteError};
use crate::mcp::{arguments, introduced_by};

use super::{HttpError, answer, question, reference};

/// What a receipt takes in JSON, about.
const RECEIPT_BYTES: usize = 256;
/// The most runs that are taken at once.
const LINES: usize = 1_000;
/// Lines of JSON (<https://github.com/ndjson/ndjson-spec>).
const NDJSON: &str = "application/x-ndjson";
/// What some programs write before UTF-8, which is no part of the first line.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A pen that knows which program writes, in which trace and for which process.
#[derive(Debug)]
pub(super) struct Hand(Pen);

impl<State: Sync> FromRequestParts<State> for Hand {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _state: &State) -> Result<Self, HttpError> {
        // Nobody without a grant is lent one.
        let pen = parts.extensions.get::<Pen>().cloned().ok_or(HttpError::NoRoute)?;
        let mut caller = pen.caller().clone();
        introduced_by(&mut caller, &parts.headers);
        Ok(Self(pen.for_caller(caller)))
    }
}

pub(super) async fn feedback(Hand(pen): Hand, headers: HeaderMap, body: Bytes) -> Result<Response, HttpError> {
    let request: FeedbackRequest = question::in_body(&headers, &body)?;
    Ok(created(&pen.give_feedback(&request).await?))
}

pub(super) async fn gap(Hand(pen): Hand, headers: HeaderMap, body: Bytes) -> Result<Response, HttpError> {
    let request: GapRequest = question::in_body(&headers, &body)?;
    Ok(created(&pen.report_gap(&request).await?))
}

pub(super) async fn outcome(Hand(pen): Hand, headers: HeaderMap, body: Bytes) -> Result<Response, HttpError> {
    let request: OutcomeRequest = question::in_body(&headers, &body)?;
    Ok(created(&pen.report_outcome(&request).await?))
}

/// One run as a JSON object; or many, one a line, each with a line in the answer.
pub(super) async fn changes(Hand(pen): Hand, headers: HeaderMap, body: Bytes) -> Result<Response, HttpError> {
    if !is_ndjson(&headers) {
        let request: ChangeRequest = question::in_body(&headers, &body)?;
        return Ok(created(&pen.log_change(&request).await?));
    }
    let text: &[u8] = &body;
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let numbered: Vec<(usize, &[u8])> = (1..).zip(lines).filter(|(_, line)| !line.is_empty()).collect();
    if numbered.len() > LINES {
        return Err(HttpError::Request { what: format!("{} lines are too many, at most {LINES}", numbered.len()) });
    }
    let mut refused = Vec::new();
    let mut changes = Vec::with_capacity(numbered.len());
    for (at, (_, line)) in numbered.iter().enumerate() {
        match read(line) {
            Ok(request) => changes.push((at, pen.parse_change(&request))),
            Err(error) => refused.push((at, error)),
        }
    }
    let (places, changes): (Vec<usize>, Vec<_>) = changes.into_iter().unzip();
    let written = pen.log_changes(changes).await?;
    let told = written.into_iter().map(|written| written.map_err(|error| told(&error)));
    let mut results: Vec<(usize, Result<ChangeReceipt, String>)> = places.into_iter().zip(told).collect();
    results.extend(refused.into_iter().map(|(at, error)| (at, Err(error))));
    results.sort_unstable_by_key(|(at, _)| *at);
    let mut text = Vec::with_capacity(results.len() * RECEIPT_BYTES);
    for ((line, _), (_, result)) in numbered.iter().zip(&results) {
        let row = match result {
            Ok(receipt) => Row { line: *line, receipt: Some(receipt), error: None },
            Err(error) => Row { line: *line, receipt: None, error: Some(error) },
        };
        serde_json::to_writer(&mut text, &row).map_err(|_| HttpError::Internal)?;
        text.push(b'\n');
    }
    Ok(answer::typed(StatusCode::OK, NDJSON, text))
}

/// What became of one line.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(rename = "ChangeRow"))]
pub(super) struct Row<'a> {
    /// The line of the request, from 1.
    line: usize,
    /// Its receipt, whose members stand here.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    receipt: Option<&'a ChangeReceipt>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
}

fn read(line: &[u8]) -> Result<ChangeRequest, String> {
    match serde_json::from_slice(line) {
        Ok(Value::Object(object)) => {
            reference::check::<ChangeRequest>(&object).map_err(|error| error.to_string())?;
            arguments(object).map_err(|error| error.to_string())
        }
        Ok(_) => Err("is not a JSON object".to_owned()),
        Err(error) => Err(format!("is not JSON: {error}")),
    }
}

/// What the one who wrote a line is told; the log has the cause.
fn told(error: &WriteError) -> String {
    if let WriteError::Ledger(_) | WriteError::Read(_) = error {
        tracing::error!(error = error as &dyn std::error::Error, "a run could not be written down");
    }
    error.to_string()
}

fn created(receipt: &impl Serialize) -> Response {
    answer::json(StatusCode::CREATED, receipt, RECEIPT_BYTES)
}

fn is_ndjson(headers: &HeaderMap) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    [NDJSON, "application/jsonl", "application/ndjson"].iter().any(|known| essence.eq_ignore_ascii_case(known))
}
