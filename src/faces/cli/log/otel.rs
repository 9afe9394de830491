//! Retrievals as OpenTelemetry log records in the OTLP JSON file form: a line holds `LogsData` with one record.
//!
//! Names that begin with `gen_ai.` are those of the semantic conventions that OpenTelemetry has for generative AI, release
//! 0.1.0 (section "retrieval"), where all of them are in development. The conventions have a span for a retrieval and no event; the
//! event's name and what the conventions have no name for begin with `cairn.`. The record belongs to the span that the
//! caller named (W3C trace context): it says what was retrieved there.

use serde_json::{Value, json};

use crate::ledger::{Hit, Line, Retrieval};

/// What the event is called.
const EVENT: &str = "cairn.retrieval";
/// `SEVERITY_NUMBER_INFO` of the log data model.
const INFO: u8 = 9;

/// One line of an OTLP file.
pub(super) fn log_record(line: &Line, retrieval: &Retrieval) -> Value {
    // 64-bit integers are decimal strings in OTLP's JSON.
    let ns = (u128::try_from(line.ts.unix_ms()).unwrap_or(0) * 1_000_000).to_string();
    let mut record = json!({
        "timeUnixNano": ns,
        "observedTimeUnixNano": ns,
        "severityNumber": INFO,
        "severityText": "INFO",
        "eventName": EVENT,
        "attributes": attributes(line, retrieval),
    });
    if let Some([trace, span, flags]) = retrieval.trace.as_deref().and_then(trace_context) {
        record["traceId"] = trace.into();
        record["spanId"] = span.into();
        record["flags"] = u32::from_str_radix(flags, 16).unwrap_or(0).into();
    }
    let of_service = [text("service.name", "cairn"), text("service.version", env!("CARGO_PKG_VERSION"))];
    json!({"resourceLogs": [{
        "resource": {"attributes": of_service},
        "scopeLogs": [{"scope": {"name": "cairn.ledger"}, "logRecords": [record]}],
    }]})
}

/// The ids of a `traceparent` and its flags; none where an id is all zeros, which means that there is none.
pub(super) fn trace_context(text: &str) -> Option<[&str; 3]> {
    let mut parts = text.split('-').skip(1);
    let found = [parts.next()?, parts.next()?, parts.next()?];
    let named = found.iter().take(2).all(|id| id.bytes().any(|byte| byte != b'0'));
    named.then_some(found)
}

pub(super) fn attributes(line: &Line, retrieval: &Retrieval) -> Vec<Value> {
    let mut all = vec![
        text("gen_ai.operation.name", "retrieval"),
        text("gen_ai.data_source.id", &retrieval.scope.join(",")),
        array("gen_ai.retrieval.documents", retrieval.hits.iter().map(document).collect()),
        text("cairn.retrieval.id", retrieval.id.as_str()),
        number("cairn.record.seq", line.seq.0),
        text("cairn.principal.id", &retrieval.who),
        text("cairn.principal.role", retrieval.role.as_str()),
        text("cairn.face", retrieval.face.as_str()),
        text("cairn.verb", retrieval.verb.as_str()),
        number("cairn.served", retrieval.served.into()),
        number("cairn.tokens", retrieval.tokens),
        attribute("cairn.truncated", json!({"boolValue": retrieval.truncated})),
        double("cairn.duration_ms", retrieval.ms),
    ];
    let client = retrieval.client.as_ref();
    let known = [
        ("gen_ai.request.model", retrieval.embedder.as_deref()),
        ("gen_ai.retrieval.query.text", retrieval.query.as_deref()),
        ("cairn.client.name", client.map(|client| client.name.as_str())),
        ("cairn.client.version", client.and_then(|client| client.version.as_deref())),
        ("cairn.process", retrieval.process.as_deref()),
        ("cairn.commit", retrieval.commit.as_deref()),
    ];
    all.extend(known.into_iter().filter_map(|(key, value)| value.map(|value| text(key, value))));
    all.extend(retrieval.params.get("limit").and_then(Value::as_u64).map(|k| number("gen_ai.retrieval.top_k", k)));
    all
}

/// A passage: `id` and `score` as the conventions have them, and where its text stands.
fn document(hit: &Hit) -> Value {
    let anchor = if hit.anchor.is_empty() { String::new() } else { format!("#{}", hit.anchor) };
    let mut fields = vec![text("id", &format!("{}{anchor}", hit.doc))];
    // By its digits: as a double it would show digits that the score never had.
    fields.extend(hit.score.and_then(|score| score.to_string().parse().ok()).map(|score| double("score", score)));
    fields.push(number("rank", hit.rank.into()));
    fields.push(number("first_line", hit.lines.first.into()));
    fields.push(number("last_line", hit.lines.last.into()));
    fields.push(text("sha256", &hit.sha256.to_string()));
    json!({"kvlistValue": {"values": fields}})
}

fn attribute(key: &str, value: Value) -> Value {
    let mut attribute = json!({ "key": key });
    attribute["value"] = value;
    attribute
}

pub(in crate::cli) fn text(key: &str, value: &str) -> Value {
    attribute(key, json!({ "stringValue": value }))
}

fn number(key: &str, value: u64) -> Value {
    attribute(key, json!({ "intValue": value.to_string() }))
}

fn double(key: &str, value: f64) -> Value {
    attribute(key, json!({ "doubleValue": value }))
}

fn array(key: &str, values: Vec<Value>) -> Value {
    let mut list = json!({ "values": [] });
    list["values"] = values.into();
    attribute(key, json!({ "arrayValue": list }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::log_record;
    use crate::ledger::{Line, Record};

    fn exported(trace: &str) -> serde_json::Value {
        let raw = format!(
            concat!(
                r#"{{"v":1,"seq":7,"ts":"2026-11-21T07:56:03.120Z","boot":"b","kind":"retrieval","id":"r_0123456789","#,
                r#""who":"tok_1","role":"agent","face":"mcp","verb":"search","client":{{"name":"agent"}},"trace":"{trace}","#,
                r#""scope":["public","memory"],"params":{{"limit":6}},"generation":{{}},"embedder":"static-1","#,
                r#""hits":[{{"doc":"playbook/loop","anchor":"capture","lines":[12,31],"sha256":"{sha}","rank":1,"#,
                r#""score":0.031}}],"served":1,"tokens":40,"truncated":false,"ms":3.5,"h":"{h}"}}"#
            ),
            trace = trace,
            sha = "ab".repeat(32),
            h = "0".repeat(64)
        );
        let mut line = Line::parse(&raw).unwrap();
        let Record::Retrieval(mut retrieval) = std::mem::replace(&mut line.record, Record::Unknown(Default::default()))
        else {
            panic!("{raw}")
        };
        retrieval.query = Some("who captures".to_owned());
        log_record(&line, &retrieval)
    }

    #[test]
    fn a_retrieval_is_a_log_record_in_the_span_that_asked() {
        let exported = exported("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        let resource = &exported["resourceLogs"][0];
        assert_eq!(
            resource["resource"]["attributes"][0],
            json!({"key": "service.name", "value": {"stringValue": "cairn"}})
        );
        let record = &resource["scopeLogs"][0]["logRecords"][0];
        assert_eq!(record["timeUnixNano"], "1795247763120000000");
        assert_eq!(record["traceId"], "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!((&record["spanId"], &record["flags"]), (&"00f067aa0ba902b7".into(), &1.into()));
        let of = |key: &str| {
            let attributes = record["attributes"].as_array().unwrap();
            let found = attributes.iter().find(|attribute| attribute["key"] == key);
            found.unwrap_or_else(|| panic!("{key}: {record}"))["value"].clone()
        };
        for (key, value) in [
            ("gen_ai.operation.name", json!({"stringValue": "retrieval"})),
            ("gen_ai.data_source.id", json!({"stringValue": "public,memory"})),
            ("gen_ai.request.model", json!({"stringValue": "static-1"})),
            ("gen_ai.retrieval.query.text", json!({"stringValue": "who captures"})),
            ("gen_ai.retrieval.top_k", json!({"intValue": "6"})),
            ("cairn.retrieval.id", json!({"stringValue": "r_0123456789"})),
            ("cairn.client.name", json!({"stringValue": "agent"})),
            ("cairn.truncated", json!({"boolValue": false})),
            ("cairn.duration_ms", json!({"doubleValue": 3.5})),
        ] {
            assert_eq!(of(key), value, "{key}");
        }
        let document = &of("gen_ai.retrieval.documents")["arrayValue"]["values"][0]["kvlistValue"]["values"];
        assert_eq!(document[0], json!({"key": "id", "value": {"stringValue": "playbook/loop#capture"}}));
        assert_eq!(document[1], json!({"key": "score", "value": {"doubleValue": 0.031}}));
    }

    #[test]
    fn a_trace_without_ids_is_no_trace() {
        let exported = exported("00-00000000000000000000000000000000-00f067aa0ba902b7-01");
        let record = &exported["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
        assert!(record.get("traceId").is_none() && record.get("spanId").is_none(), "{record}");
    }
}
