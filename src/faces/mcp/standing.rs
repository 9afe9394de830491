//! Answers that stand: what a server is, and which tools it has.
//!
//! Clients ask for them whenever they connect, and are told the same each time. What was answered once to a message is
//! answered again to the same message: the same parameters and headers, byte for byte, from somebody with the same
//! rights who sees the same collections. Its id alone is another. So nothing of the protocol is decided here, and
//! nothing has to be forgotten in time: all that an answer depends on is in its key.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use http::header::{ACCEPT, CONTENT_TYPE};
use http::request::Parts;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::access::Scope;
use crate::library::{Pen, Reader, Verbs};

use super::{instructions, tool};

/// The methods whose answers stand.
const TOOLS: &str = "tools/list";
const DISCOVER: &str = "server/discover";

/// How many answers are kept. There are as many as kinds of clients; whoever asks otherwise each time gains nothing.
const KEPT: usize = 64;
/// The longest key, in bytes: a client's name and capabilities fit well.
const KEY_BYTES: usize = 4_096;
/// The longest id that an answer is kept for.
const ID_BYTES: usize = 128;

/// A message, as far as it is looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message<'a> {
    jsonrpc: &'a str,
    #[serde(borrow)]
    id: &'a RawValue,
    method: &'a str,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
}

/// Its answer.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Answer<'a> {
    jsonrpc: &'a str,
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow)]
    result: &'a RawValue,
}

/// A message whose answer stands.
#[derive(Debug)]
pub struct Asked {
    key: Vec<u8>,
    id: Box<RawValue>,
}

/// What was answered to visitors of one scope.
#[derive(Debug)]
pub struct Standing<S: Scope> {
    kept: Mutex<HashMap<Vec<u8>, Arc<RawValue>>>,
    scope: PhantomData<S>,
}

impl<S: Scope> Default for Standing<S> {
    fn default() -> Self {
        Self { kept: Mutex::default(), scope: PhantomData }
    }
}

impl<S: Scope> Standing<S>
where
    Reader<S>: Verbs,
{
    /// Looks whether the answer to a message is one that stands.
    #[must_use]
    pub fn asked(&self, parts: &Parts, message: &[u8]) -> Option<Asked> {
        // Most messages are something else, and are not read twice.
        if message.len() > KEY_BYTES {
            return None;
        }
        let message: Message<'_> = serde_json::from_slice(message).ok()?;
        let id = message.id.get();
        if message.jsonrpc != "2.0" || !is_plain(id) {
            return None;
        }
        let told = match message.method {
            TOOLS => {
                tool::of(parts.extensions.get::<Pen>()).map(|tool| tool.name.as_ref()).collect::<Vec<_>>().join(" ")
            }
            DISCOVER => instructions::for_caller(parts.extensions.get::<Reader<S>>()?),
            _ => return None,
        };
        let mut key = Vec::with_capacity(1_024);
        let mut part = |name: &[u8], value: &[u8]| {
            key.extend_from_slice(name);
            key.extend_from_slice(&value.len().to_le_bytes());
            key.extend_from_slice(value);
        };
        part(message.method.as_bytes(), message.params.map_or("", RawValue::get).as_bytes());
        part(b"told", told.as_bytes());
        for (name, value) in &parts.headers {
            if name == ACCEPT || name == CONTENT_TYPE || name.as_str().starts_with("mcp-") {
                part(name.as_str().as_bytes(), value.as_bytes());
            }
        }
        (key.len() <= KEY_BYTES).then(|| Asked { key, id: message.id.to_owned() })
    }

    /// What was answered before.
    #[must_use]
    pub fn answer(&self, asked: &Asked) -> Option<Vec<u8>> {
        let result = self.kept.lock().unwrap_or_else(PoisonError::into_inner).get(&asked.key).cloned()?;
        Some(printed(&asked.id, &result))
    }

    /// Keeps what was answered now, if it is what [`answer`](Self::answer) would make of it.
    pub fn keep(&self, asked: Asked, answer: &[u8]) {
        let Ok(Answer { result, .. }) = serde_json::from_slice::<Answer<'_>>(answer) else { return };
        if printed(&asked.id, result) != answer {
            return;
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(asked.key, result.to_owned().into());
    }
}

/// A whole number, or a text without escapes: what every printer prints as it came.
fn is_plain(id: &str) -> bool {
    let number = id.parse::<i64>().is_ok_and(|number| number.to_string() == id);
    let text = id.len() <= ID_BYTES && id.starts_with('"') && id.bytes().all(|byte| byte != b'\\' && byte.is_ascii());
    number || text
}

fn printed(id: &RawValue, result: &RawValue) -> Vec<u8> {
    let (id, result) = (id.get().as_bytes(), result.get().as_bytes());
    [br#"{"jsonrpc":"2.0","id":"#.as_slice(), id, br#","result":"#, result, b"}"].concat()
}

#[cfg(test)]
mod tests {
    use http::Request;
    use http::request::Parts;

    use super::{KEPT, Standing};
    use crate::access::Public;

    fn parts(version: &str) -> Parts {
        Request::post("/mcp").header("mcp-protocol-version", version).body(()).unwrap().into_parts().0
    }

    fn list(id: &str, params: &str) -> Vec<u8> {
        format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/list","params":{params}}}"#).into_bytes()
    }

    #[test]
    fn the_same_message_is_answered_alike_with_the_id_it_has() {
        let standing = Standing::<Public>::default();
        let asked = standing.asked(&parts("a"), &list("1", "{}")).unwrap();
        assert_eq!(standing.answer(&asked), None);
        standing.keep(asked, br#"{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}"#);
        for id in ["1", "-7", "\"one\""] {
            let asked = standing.asked(&parts("a"), &list(id, "{}")).unwrap();
            let expected = format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{{"tools":[]}}}}"#);
            assert_eq!(standing.answer(&asked).as_deref(), Some(expected.as_bytes()));
        }
        for (version, params) in [("b", "{}"), ("a", "{ }"), ("a", r#"{"cursor":"x"}"#)] {
            let asked = standing.asked(&parts(version), &list("1", params)).unwrap();
            assert_eq!(standing.answer(&asked), None, "{version} {params}");
        }
    }

    #[test]
    fn what_is_no_plain_message_or_no_plain_answer_is_left_to_who_knows_the_protocol() {
        let standing = Standing::<Public>::default();
        for message in [
            "",
            "[]",
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/call"}"#,
            r#"{"jsonrpc":"1.0","id":1,"method":"tools/list"}"#,
            r#"{"jsonrpc":"2.0","method":"tools/list"}"#,
            r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"tools/list"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","more":1}"#,
        ] {
            assert!(standing.asked(&parts("a"), message.as_bytes()).is_none(), "{message}");
        }
        for id in ["null", "1.0", "01", "1e3", r#""a\u0062""#, "{}", "99999999999999999999"] {
            assert!(standing.asked(&parts("a"), &list(id, "{}")).is_none(), "{id}");
        }
        for answer in [
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}"#,
            r#"{"jsonrpc":"2.0","id":2,"result":{}}"#,
            r#"{"id":1,"jsonrpc":"2.0","result":{}}"#,
        ] {
            standing.keep(standing.asked(&parts("a"), &list("1", "{}")).unwrap(), answer.as_bytes());
            let asked = standing.asked(&parts("a"), &list("1", "{}")).unwrap();
            assert_eq!(standing.answer(&asked), None, "{answer}");
        }
    }

    #[test]
    fn many_different_messages_do_not_fill_the_memory() {
        let standing = Standing::<Public>::default();
        for number in 0..10 * KEPT {
            let asked = standing.asked(&parts("a"), &list("1", &format!("[{number}]"))).unwrap();
            standing.keep(asked, br#"{"jsonrpc":"2.0","id":1,"result":{}}"#);
            assert!(standing.kept.lock().unwrap().len() <= KEPT);
        }
        assert!(standing.asked(&parts("a"), &list("1", &format!("\"{}\"", "x".repeat(5_000)))).is_none());
    }
}
