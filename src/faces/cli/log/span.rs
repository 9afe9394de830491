//! A retrieval as an OpenTelemetry span in OTLP's JSON form, under the names that log records have.
//!
//! The conventions call the span `{operation} {data source}`. Its kind is that of a server, since this is one. It belongs
//! to the trace that the caller named; without one it is a trace of its own. Both ids are digests of the record's id, so
//! that a span which is sent twice is the same span.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub(in crate::cli) use super::otel::text;
use super::otel::{attributes, trace_context};
use crate::ledger::{Line, Retrieval};

/// `SPAN_KIND_SERVER`.
const SERVER: u8 = 2;
/// The text of a question, which the conventions leave out unless somebody asks for it.
const QUESTION: &str = "gen_ai.retrieval.query.text";

/// The span of a retrieval.
pub(in crate::cli) fn of(line: &Line, retrieval: &Retrieval) -> Value {
    let ended_ns = u128::try_from(line.ts.unix_ms()).unwrap_or(0) * 1_000_000;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a time that is not negative, in nanoseconds"
    )]
    let took_ns = (retrieval.ms * 1e6) as u128;
    let digest = Sha256::digest(retrieval.id.as_str().as_bytes());
    let own = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (own_trace, own_span) = (own(&digest[..16]), own(&digest[16..24]));
    let mut known = attributes(line, retrieval);
    known.retain(|attribute| attribute["key"] != QUESTION);
    let mut span = json!({
        "traceId": own_trace,
        "spanId": own_span,
        "name": format!("retrieval {}", retrieval.scope.join(",")),
        "kind": SERVER,
        "startTimeUnixNano": ended_ns.saturating_sub(took_ns).to_string(),
        "endTimeUnixNano": ended_ns.to_string(),
        "attributes": known,
    });
    if let Some([trace, parent, flags]) = retrieval.trace.as_deref().and_then(trace_context) {
        span["traceId"] = trace.into();
        span["parentSpanId"] = parent.into();
        span["flags"] = u32::from_str_radix(flags, 16).unwrap_or(0).into();
    }
    span
}
