//! Examples, one for each schema that a request or an answer has. The tests hold each against its schema.

use serde_json::{Value, json};

const RETRIEVAL: &str = "r_01kb7n4q9xw3v5t8e2m6c0hz1a";

/// An example of a schema in a media type.
pub(super) fn of(name: &str, media: &str) -> Value {
    let value = example(name);
    if media == "text/event-stream" {
        return format!("id: {}\nevent: generation\ndata: {value}\n\n", value["generation"]).into();
    }
    if media == "application/x-ndjson" { format!("{value}\n").into() } else { value }
}

fn example(name: &str) -> Value {
    let found = answered(name).or_else(|| written(name)).or_else(|| told(name));
    found.unwrap_or_else(|| panic!("{name}: no example is written for this schema"))
}

/// Questions and what they are answered with.
fn answered(name: &str) -> Option<Value> {
    let citation = json!({
        "document": "playbook/release", "path": "release.md", "anchor": "freeze", "lines": [12, 19],
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "date": "2026-11-20T09:12:44Z", "generation": 41,
    });
    let example = match name {
        "SearchRequest" => {
            json!({"query": "when does the release freeze begin", "limit": 3, "collections": ["playbook"]})
        }
        "SearchAnswer" => json!({
            "hits": [{
                "uri": "cairn://playbook/release", "title": "Releasing", "headings": ["Releasing", "Freeze"],
                "passage": "## Freeze\n\nThe freeze begins on Thursday.", "snippet": "The freeze begins on Thursday.",
                "score": 0.97, "citation": citation, "type": "playbook", "owner": "ada", "status": "accepted",
                "updated": "2026-11-20T09:12:44Z",
            }],
            "retrieval_id": RETRIEVAL, "truncated": false, "next_cursor": null, "tokens": 182,
        }),
        "BrowseAnswer" => json!({
            "collections": [{"name": "playbook", "documents": 14}],
            "documents": [{
                "uri": "cairn://playbook/release", "title": "Releasing", "type": "playbook",
                "description": "How we ship.", "status": "accepted",
            }],
            "retrieval_id": RETRIEVAL, "next_cursor": "157315361443478-50",
        }),
        "DocumentAnswer" => json!({
            "uri": "cairn://playbook/release", "title": "Releasing", "type": "playbook", "status": "accepted",
            "text": "## Freeze\n\nThe freeze begins on Thursday.\n",
            "outline": [{"level": 1, "title": "Releasing", "anchor": "releasing"}, {"level": 2, "title": "Freeze", "anchor": "freeze"}],
            "citation": citation,
            "links": [{"uri": "cairn://playbook/on call", "title": "On call"}], "backlinks": [],
            "retrieval_id": RETRIEVAL, "truncated": false, "next_cursor": null, "tokens": 11,
        }),
        _ => return None,
    };
    Some(example)
}

/// What is written, and its receipts.
fn written(name: &str) -> Option<Value> {
    let example = match name {
        "FeedbackRequest" => {
            json!({"retrieval_id": RETRIEVAL, "verdict": "bad", "reason": "stale", "why": "It says 14 days; it has been 7 since May."})
        }
        "FeedbackReceipt" => json!({
            "feedback_id": "f_01kb7n4q9xw3v5t8e2m6c0hz1b",
            "mistake": {"number": "M-0042", "times": 2, "repeated": true},
        }),
        "GapRequest" => {
            json!({"need": "How to roll back a release that has a migration.", "tried": "rollback migration"})
        }
        "GapReceipt" => json!({"gap_id": "g_01kb7n4q9xw3v5t8e2m6c0hz1c"}),
        "OutcomeRequest" => {
            json!({"outcome": "citation", "uri": "cairn://journeys/first", "note": "Quoted in a newsletter."})
        }
        "OutcomeReceipt" => json!({"outcome_id": "o_01kb7n4q9xw3v5t8e2m6c0hz1d"}),
        "ChangeRequest" => json!({
            "process_id": "processes/answer-a-ticket", "timestamp": "2026-11-29T09:30:00Z", "model": "a-model-2026-10",
            "inputs": "Ticket 4711", "tools_invoked": ["search_context"],
            "policy_checks": [{"name": "tone", "passed": true}], "decision": "Refunded.", "human_escalation": false,
            "owner": "ada", "retrievals": [RETRIEVAL], "cost": 0.04, "cost_unit": "EUR", "duration_ms": 5400,
        }),
        "ChangeReceipt" => json!({
            "change_id": "c_01kb7n4q9xw3v5t8e2m6c0hz1e", "contract": "cairn://processes/answer-a-ticket",
            "violations": [{"rule": "owner", "what": "owner: is ada, the contract says lin"}],
        }),
        "ChangeRow" => json!({"line": 1, "change_id": "c_01kb7n4q9xw3v5t8e2m6c0hz1e", "violations": []}),
        _ => return None,
    };
    Some(example)
}

/// What the server says of itself and of what was asked.
fn told(name: &str) -> Option<Value> {
    let example = match name {
        "ReportList" => {
            json!({"reports": [{"name": "gaps", "title": "Asked and not found", "about": "Questions that found nothing."}]})
        }
        "Report" => json!({
            "report": "stale", "title": "Past review and still served", "about": "Documents whose review is overdue.",
            "since": "2026-10-30",
            "tables": [{
                "name": "stale", "title": "Documents", "columns": [{"name": "served", "title": "Served", "unit": "times"}],
                "rows": [{"served": 12, "owner": "ada", "age_days": 210, "next": "review it: cairn get playbook/release"}],
                "total_rows": 1, "totals": {"served": 12},
            }],
            "series": [], "notes": [],
        }),
        "GenerationEvent" => json!({
            "generation": 42, "changed": ["cairn://playbook/release"], "removed": [], "truncated": false,
        }),
        "PublicReadiness" => json!({"ready": true, "generation": 41, "recording": true}),
        _ => return None,
    };
    Some(example)
}
