//! What a request says of the program that sent it: its name and its trace.
//!
//! Both are written into the ledger, so both are bounded and free of control characters, whoever wrote them.

use http::HeaderMap;
use http::request::Parts;
use rmcp::RoleServer;
use rmcp::model::Implementation;
use rmcp::service::RequestContext;

use crate::library::{Client, Face};

use super::verbs::Verbs;

/// The most characters of a client's name or version that are kept.
const NAME_CHARS: usize = 64;

/// Makes a client's name out of what it calls itself.
#[must_use]
pub fn client_named(name: &str, version: Option<&str>) -> Option<Client> {
    let clean = |text: &str| -> String { text.chars().filter(|c| !c.is_control()).take(NAME_CHARS).collect() };
    let name = clean(name.trim());
    let version = version.map(|version| clean(version.trim())).filter(|version| !version.is_empty());
    (!name.is_empty()).then_some(Client { name, version })
}

/// Reads a W3C trace context (`traceparent`, version 00); anything else is none.
#[must_use]
pub fn traceparent(text: &str) -> Option<String> {
    let lengths = [2, 32, 16, 2];
    let mut parts = text.split('-');
    let whole = lengths.iter().all(|length| {
        parts.next().is_some_and(|part| {
            part.len() == *length && part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        })
    });
    (whole && parts.next().is_none()).then(|| text.to_owned())
}

/// A reader that knows through which door, from which program and in which trace its request came.
pub(super) fn introduced(reader: &dyn Verbs, context: &RequestContext<RoleServer>) -> Box<dyn Verbs> {
    let mut caller = reader.caller().clone();
    let parts = context.extensions.get::<Parts>();
    let said = context.meta.client_info().and_then(|client| named(&client));
    let trace = context.meta.get_traceparent().and_then(traceparent);
    if let Some(parts) = parts {
        caller.face = Face::Mcp;
        caller.client = said.or_else(|| user_agent(&parts.headers));
        caller.trace = trace.or_else(|| parts.headers.get("traceparent")?.to_str().ok().and_then(traceparent));
    } else {
        // Only a stream has a session, whose `initialize` still holds; over HTTP the library makes a name up.
        caller.client = said.or_else(|| context.client_info().and_then(|client| named(&client)));
        caller.trace = trace;
    }
    reader.for_caller(caller)
}

fn named(client: &Implementation) -> Option<Client> {
    client_named(&client.name, Some(&client.version))
}

/// The first product of a `User-Agent`: `name/version`.
#[must_use]
pub fn user_agent(headers: &HeaderMap) -> Option<Client> {
    let product = headers.get(http::header::USER_AGENT)?.to_str().ok()?.split_whitespace().next()?;
    match product.split_once('/') {
        Some((name, version)) => client_named(name, Some(version)),
        None => client_named(product, None),
    }
}

#[cfg(test)]
mod tests {
    use super::{client_named, traceparent};

    #[test]
    fn a_trace_context_is_kept_only_in_its_exact_form() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
        assert_eq!(traceparent(good).as_deref(), Some(good));
        for bad in [
            "",
            "00",
            "00-0AF7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01",
            &format!("{good}-x"),
            good.trim_end_matches('1'),
        ] {
            assert_eq!(traceparent(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_client_cannot_write_control_characters_or_essays_into_the_ledger() {
        let client = client_named(&format!("a\u{1b}[2J\n{}", "b".repeat(500)), Some(" ")).unwrap();
        assert!(client.name.starts_with("a[2Jbb") && client.name.chars().count() == 64);
        assert_eq!(client.version, None);
        assert_eq!(client_named(" \n", Some("1")), None);
    }
}
