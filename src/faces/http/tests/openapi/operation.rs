//! One operation, and how it stands in the document.

use axum::http::Method;
use serde_json::{Map, Value, json};

use super::examples;
use super::schemas;
use crate::access::Action;
use crate::http::problem::Kind;
use crate::http::{ROUTES, Route, Row};

pub(super) const JSON: &str = "application/json";
pub(super) const EVENTS: &str = "text/event-stream";
pub(super) const NDJSON: &str = "application/x-ndjson";

/// An answer that is no problem: status, what it is, media types with the names of their schemas, and its headers.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) about: &'static str,
    pub(super) media: &'static [(&'static str, &'static str)],
    pub(super) headers: &'static [(&'static str, &'static str)],
}

/// One method of one route.
#[derive(Clone, Copy)]
pub(super) struct Operation {
    pub(super) route: Route,
    pub(super) method: &'static Method,
    /// Its name for programs.
    pub(super) id: &'static str,
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) about: &'static str,
    /// The schema whose members are parameters of the query, with other names for some; what stands in the path is none.
    pub(super) query: Option<(&'static str, &'static [(&'static str, &'static str)])>,
    /// Other parameters: where, name, what it is, schema as JSON.
    pub(super) others: &'static [(&'static str, &'static str, &'static str, &'static str)],
    /// Shared parameters.
    pub(super) shared: &'static [&'static str],
    /// The schema of its body, and the media types that it may have.
    pub(super) body: Option<(&'static str, &'static [&'static str])>,
    pub(super) answers: &'static [Answer],
    pub(super) problems: &'static [&'static Kind],
    /// What a token must be allowed; `None` for what strangers may do as well.
    pub(super) needs: Option<Action>,
}

impl Operation {
    fn row(&self) -> &'static Row {
        ROUTES.iter().find(|row| row.route == self.route).expect("a route with a row")
    }

    /// Its path as OpenAPI writes it.
    pub(super) fn path(&self) -> String {
        self.row().path.replace("{*", "{")
    }

    /// Whether the door looks at who asks.
    pub(super) fn is_guarded(&self) -> bool {
        self.route != Route::Health
    }

    /// Whether it writes a record of its own.
    pub(super) fn writes(&self) -> bool {
        self.route.writes().is_some()
    }

    pub(super) fn description(&self) -> String {
        match self.needs {
            Some(needs) => format!("{} Needs a token that may `{needs}`.", self.about),
            None => self.about.to_owned(),
        }
    }

    pub(super) fn security(&self) -> Value {
        match self.needs {
            _ if !self.is_guarded() => json!([]),
            Some(_) => json!([{"token": []}]),
            None => json!([{}, {"token": []}]),
        }
    }

    pub(super) fn parameters(&self) -> Value {
        let mut all = Vec::new();
        for (place, name, about, schema) in self.others {
            let schema: Value = serde_json::from_str(schema).expect("a schema");
            all.push(json!({
                "name": name, "in": place, "required": *place == "path", "description": about, "schema": schema,
            }));
        }
        if let Some((name, renamed)) = self.query {
            let schema = schemas::of(name);
            for (member, says) in schema["properties"].as_object().expect("members") {
                let in_path = self.others.iter().any(|other| other.0 == "path") && member == "uri";
                let required = schema_requires(schema, member);
                let called = renamed.iter().find(|(own, _)| own == member).map_or(member.as_str(), |(_, other)| other);
                if !in_path {
                    all.push(parameter(called, required, says.clone()));
                }
            }
        }
        all.extend(self.shared.iter().map(|name| json!({"$ref": format!("#/components/parameters/{name}")})));
        all.into()
    }

    pub(super) fn request_body(&self) -> Option<Value> {
        let (name, media) = self.body?;
        let content: Map<String, Value> = media
            .iter()
            .map(|media| {
                let schema = json!({"$ref": format!("#/components/schemas/{name}")});
                let lines = json!({"type": "string", "description": format!("Lines of JSON, each a {name}.")});
                let schema = if *media == NDJSON { lines } else { schema };
                ((*media).to_owned(), json!({"schema": schema, "example": examples::of(name, media)}))
            })
            .collect();
        Some(json!({"required": true, "content": content}))
    }

    pub(super) fn answers(&self) -> Value {
        let mut all = json!({});
        for answer in self.answers {
            let mut headers = json!({"X-Request-Id": {"$ref": "#/components/headers/RequestId"}});
            for (name, shared) in answer.headers {
                headers[*name] = json!({"$ref": format!("#/components/headers/{shared}")});
            }
            let mut value = json!({"description": answer.about, "headers": headers});
            for (media, name) in answer.media {
                value["content"][*media] = content(media, name);
            }
            if answer.media.contains(&(JSON, "SearchAnswer")) {
                value["links"] = links();
            }
            all[answer.status.to_string()] = value;
        }
        all
    }
}

/// What can be done with passages: read on, and say whether they helped.
fn links() -> Value {
    json!({
        "document": {
            "operationId": "readDocument",
            "description": "The document of the first passage.",
            "parameters": {"id": "$response.body#/hits/0/citation/document"},
        },
        "feedback": {
            "operationId": "giveFeedback",
            "description": "Whether the answer helped.",
            "requestBody": {"retrieval_id": "$response.body#/retrieval_id", "verdict": "good"},
        },
    })
}

fn content(media: &str, name: &str) -> Value {
    match (media, name) {
        (JSON, "") => json!({"schema": {"type": "object"}}),
        (JSON, "Readiness") => json!({"schema": {"anyOf": [
            {"$ref": "#/components/schemas/PublicReadiness"}, {"$ref": "#/components/schemas/OwnerReadiness"},
        ]}, "example": examples::of("PublicReadiness", media)}),
        (JSON, name) => json!({
            "schema": {"$ref": format!("#/components/schemas/{name}")}, "example": examples::of(name, media),
        }),
        (NDJSON, name) => json!({
            "schema": {"type": "string", "description": format!("Lines of JSON, each a {name}.")},
            "example": examples::of(name, media),
        }),
        (EVENTS, name) => json!({
            "schema": {"type": "string", "description": format!("Events, each with a {name} as its data.")},
            "example": examples::of(name, media),
        }),
        _ => json!({"schema": {"type": "string"}}),
    }
}

fn parameter(name: &str, required: bool, mut schema: Value) -> Value {
    let members = schema.as_object_mut().expect("a schema");
    let about = members.remove("description").unwrap_or_default();
    // Who leaves it out says nothing; in a query there is no null.
    if let Some(kinds) = members.get("type").and_then(Value::as_array).cloned() {
        let kind = kinds.into_iter().find(|kind| kind != "null");
        members.insert("type".to_owned(), kind.expect("a type"));
    }
    json!({"name": name, "in": "query", "required": required, "description": about, "schema": schema})
}

fn schema_requires(schema: &Value, member: &str) -> bool {
    schema["required"].as_array().is_some_and(|all| all.iter().any(|name| name == member))
}
