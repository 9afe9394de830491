//! The credential of a request: one `Authorization` header with a bearer token (RFC 6750), and no other place.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderValue, Uri, header};

use crate::access::{Action, Principal, TokenError};
use crate::library::{Caller, Face};
use crate::mcp::Lender;

use super::peer::Peer;
use super::{App, HttpError};

/// Who presents the credential; `None` when there is none.
pub(super) fn principal(app: &App, peer: Peer, headers: &HeaderMap) -> Result<Option<Principal>, HttpError> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let Some(first) = given.next() else { return Ok(None) };
    let only = given.next().is_none().then_some(first);
    match verified(app, only) {
        Ok(principal) => Ok(Some(principal)),
        Err(TokenError::Unreadable) => Err(HttpError::unreadable_tokens()),
        Err(error) => Err(app.refuse_token(peer, &error)),
    }
}

/// Who presents a token, as the token file says now.
fn verified(app: &App, header: Option<&HeaderValue>) -> Result<Principal, TokenError> {
    let text = header.and_then(|header| header.to_str().ok());
    let bearer = text.and_then(|text| text.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match bearer {
        Some((_, secret)) => app.keyring.verify(secret.trim(), app.clock.now().unix_s()),
        None => Err(TokenError::Unknown),
    }
}

/// Lends what the credential of a request opens for as long as it is good: for who waits for changes over one request,
/// while the token may be revoked.
pub(super) fn lender(app: &Arc<App>, headers: &HeaderMap) -> Lender {
    let (app, header) = (Arc::clone(app), headers.get(header::AUTHORIZATION).cloned());
    Lender::while_granted(move || {
        let principal = verified(&app, header.as_ref()).ok().filter(|principal| principal.can(Action::Read))?;
        let grant = principal.private()?;
        Some((app.library.reader(&grant, Caller::new(principal, Face::Mcp)), None))
    })
}

/// Whether the query string holds a credential, by its name or by its look.
pub(super) fn stands_in(uri: &Uri) -> bool {
    const NAMES: [&str; 6] = ["token", "access_token", "api_key", "apikey", "authorization", "bearer"];
    const PREFIX: &str = "cairn_";
    uri.query().unwrap_or_default().split('&').any(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let secret = value
            .strip_prefix(PREFIX)
            .is_some_and(|rest| rest.len() >= 64 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()));
        secret || NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
    })
}

#[cfg(test)]
mod tests {
    use super::stands_in;

    #[test]
    fn a_token_is_known_by_its_name_and_by_its_look_and_a_word_is_not_one() {
        let look = format!("/x?q=cairn_{}", "a1".repeat(32));
        for (uri, expected) in [
            ("/x?token=1", true),
            ("/x?a=b&ACCESS_TOKEN", true),
            (look.as_str(), true),
            ("/x?q=token", false),
            ("/x?q=cairn_serve", false),
            ("/x?max_tokens=100", false),
            ("/x", false),
        ] {
            assert_eq!(stands_in(&uri.parse().unwrap()), expected, "{uri}");
        }
    }
}
