//! The description of the API as a page. What `openapi.json` does not say does not stand here.

use maud::{Markup, PreEscaped, html};
use serde_json::Value;

/// Draws a description.
pub(super) fn draw(document: &Value) -> Markup {
    let info = &document["info"];
    html! {
        div.prose {
            h1 { "HTTP API" }
            p { (text(&info["summary"])) }
            @for part in text(&info["description"]).split("\n\n") { p { (marked(part)) } }
            p {
                "For programs: " a href="/openapi.json" { "openapi.json" } ", OpenAPI " (text(&document["openapi"]))
                ", version " (text(&info["version"])) ". Refusals are described under " a href="/docs/problems" { "problems" } "."
            }
            @for (_, scheme) in members(&document["components"]["securitySchemes"]) {
                p { code { "Authorization: Bearer …" } " " (marked(text(&scheme["description"]))) }
            }
            @for tag in items(&document["tags"]) {
                h2 { (text(&tag["name"])) }
                p { (marked(text(&tag["description"]))) }
                @for (path, method, operation) in operations(document) {
                    @if items(&operation["tags"]).first() == Some(&tag["name"]) { (drawn(document, path, method, operation)) }
                }
            }
            h2 { "Schemas" }
            @for (name, schema) in members(&document["components"]["schemas"]) { (shape(name, schema)) }
        }
    }
}

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    members(&document["paths"])
        .flat_map(|(path, item)| members(item).map(move |(method, operation)| (path, method, operation)))
}

fn drawn(document: &Value, path: &str, method: &str, operation: &Value) -> Markup {
    html! {
        section {
            h3 id={ "c:" (text(&operation["operationId"])) } { code { (method.to_uppercase()) " " (path) } }
            p { strong { (text(&operation["summary"])) ". " } (marked(text(&operation["description"]))) }
            @if !items(&operation["parameters"]).is_empty() { (parameters(document, &operation["parameters"])) }
            @for (media, content) in members(&operation["requestBody"]["content"]) {
                p { "Body, " code { (media) } ": " (kind(&content["schema"])) }
                (example(&content["example"]))
            }
            (answers(document, &operation["responses"]))
            @for (status, answer) in members(&operation["responses"]).filter(|(status, _)| status.starts_with('2')) {
                @for (media, content) in members(&answer["content"]).filter(|(_, content)| content["example"] != Value::Null) {
                    details { summary { "Example of " (status) ", " code { (media) } } (example(&content["example"])) }
                }
            }
        }
    }
}

fn answers(document: &Value, all: &Value) -> Markup {
    scrolled(&html! {
        table {
            thead { tr { th scope="col" { "Answer" } th scope="col" { "It is" } th scope="col" { "As" } } }
            tbody {
                @for (status, answer) in members(all) {
                    @let answer = followed(document, answer);
                    tr {
                        td { (status) }
                        td { (marked(text(&answer["description"]))) }
                        td { @for (at, (media, content)) in members(&answer["content"]).enumerate() {
                            @if at > 0 { br; }
                            code { (media) } " " (kind(&content["schema"]))
                        } }
                    }
                }
            }
        }
    })
}

fn parameters(document: &Value, all: &Value) -> Markup {
    scrolled(&html! {
        table {
            thead { tr { th scope="col" { "Parameter" } th scope="col" { "In" } th scope="col" { "Is" } th scope="col" { "For" } } }
            tbody {
                @for parameter in items(all) {
                    @let parameter = followed(document, parameter);
                    tr {
                        td { code { (text(&parameter["name"])) } @if parameter["required"] == true { " (required)" } }
                        td { (text(&parameter["in"])) }
                        td { (kind(&parameter["schema"])) }
                        td { (marked(text(&parameter["description"]))) }
                    }
                }
            }
        }
    })
}

/// What is too wide for a phone moves by itself there, not the page.
pub(super) fn scrolled(table: &Markup) -> Markup {
    html! { div.table role="group" aria-label="Table" tabindex="0" { (table) } }
}

/// A schema of the list, with its members.
fn shape(name: &str, schema: &Value) -> Markup {
    let needed = items(&schema["required"]);
    html! {
        section {
            h3 id={ "c:" (name) } { (name) }
            p { (marked(text(&schema["description"]))) }
            @if schema["properties"].is_object() {
                (scrolled(&html! {
                    table {
                        thead { tr { th scope="col" { "Member" } th scope="col" { "Is" } th scope="col" { "For" } } }
                        tbody {
                            @for (member, says) in members(&schema["properties"]) {
                                tr {
                                    td { code { (member) } @if needed.iter().any(|name| name == member) { " (always)" } }
                                    td { (kind(says)) }
                                    td { (marked(text(&says["description"]))) }
                                }
                            }
                        }
                    }
                }))
            } @else { p { (kind(schema)) } }
        }
    }
}

/// What a value is, in a few words.
fn kind(schema: &Value) -> Markup {
    if let Some(name) = schema["$ref"].as_str().and_then(|place| place.rsplit('/').next()) {
        return html! { a href={ "#c:" (name) } { (name) } };
    }
    let alternatives = items(&schema["anyOf"]);
    if !alternatives.is_empty() {
        return html! { @for (at, one) in alternatives.iter().enumerate() { @if at > 0 { " or " } (kind(one)) } };
    }
    let of = |name: &str| match name {
        "array" => html! { "list of " (kind(&schema["items"])) },
        other => html! { (other) },
    };
    let bounds = match (schema["minimum"].as_f64(), schema["maximum"].as_f64()) {
        (Some(least), Some(most)) => format!(", {least} to {most}"),
        (Some(least), None) => format!(", {least} or more"),
        (None, Some(most)) => format!(", at most {most}"),
        (None, None) => String::new(),
    };
    let names: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    html! {
        @for (at, name) in names.iter().enumerate() { @if at > 0 { " or " } (of(name)) }
        (bounds)
        @if !items(&schema["enum"]).is_empty() {
            @for (at, word) in items(&schema["enum"]).iter().enumerate() {
                @if at > 0 || !names.is_empty() { ", " } code { (text(word)) }
            }
        }
    }
}

fn example(value: &Value) -> Markup {
    let shown = match value {
        Value::Null => return PreEscaped(String::new()),
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    };
    html! { pre tabindex="0" { code { (shown) } } }
}

/// A description's text: words between backquotes are code, and `[name](address)` is a link.
fn marked(text: &str) -> Markup {
    let parts = text.split('`').enumerate();
    html! {
        @for (at, part) in parts { @if at % 2 == 1 { code { (part) } } @else { (linked(part)) } }
    }
}

fn linked(text: &str) -> Markup {
    let link = text.split_once('[').and_then(|(before, rest)| {
        let (name, rest) = rest.split_once("](")?;
        let (address, behind) = rest.split_once(')')?;
        address.starts_with('/').then_some((before, name, address, behind))
    });
    match link {
        Some((before, name, address, behind)) => html! { (before) a href=(address) { (name) } (linked(behind)) },
        None => html! { (text) },
    }
}

/// What a reference leads to, or the value itself.
fn followed<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let place = value["$ref"].as_str().and_then(|place| place.strip_prefix('#'));
    place.and_then(|place| document.pointer(place)).unwrap_or(value)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}
