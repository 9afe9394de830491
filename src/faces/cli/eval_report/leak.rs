//! What is public and must not be, in a line and as JSON.

use serde_json::{Value, json};

use crate::eval::Leak;

pub(super) fn leak_words(leak: &Leak) -> String {
    let place = format!("{}:{}", leak.place.file, leak.place.line);
    match leak.lines {
        None => format!("{} must not be public ({place}) and is on the public shelf", leak.name),
        Some(lines) => format!(
            "{} must not be public ({place}) and stands word for word in {}, lines {} to {}",
            leak.name, leak.document, lines.first, lines.last
        ),
    }
}

pub(super) fn leak_json(leak: &Leak) -> Value {
    json!({
        "must_not": leak.name, "file": leak.place.file, "line": leak.place.line, "document": leak.document.to_string(),
        "lines": leak.lines.map(|lines| [lines.first, lines.last]),
    })
}
