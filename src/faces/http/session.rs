//! `/session` and `/private`: signing in with a token, who one is, and signing out.
//!
//! A browser pastes its token once and gets a cookie for these pages and no other route: `Authorization` stays the only
//! credential of the API and of MCP. The cookie is `__Host-`, Secure, `HttpOnly` and `SameSite=Strict`. Each form has a
//! key. Before there is a session, it is a digest of another cookie, which nobody else can set for this host.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, COOKIE, LOCATION, REFERRER_POLICY, RETRY_AFTER, SET_COOKIE, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::access::{Action, Principal, SessionError, SignedIn, Token, TokenError, form_key};
use crate::ledger::Timestamp;
use crate::site::{Field, FieldKind, Form, Html, Plain};

use super::peer::Peer;
use super::{App, HttpError};

/// The cookie that stands for a session.
const SESSION_COOKIE: &str = "__Host-cairn";
/// The cookie that the key of the first form is made of.
const FORM_COOKIE: &str = "__Host-cairn-form";
/// What every cookie of ours is.
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";
/// How long the first form can be sent, seconds.
const FORM_S: i64 = 3_600;
/// The field that has a form's key.
pub(super) const KEY_FIELD: &str = "form_key";
const TOKEN_FIELD: &str = "token";

pub(super) const SIGN_IN: &str = "/session";
const SIGN_OUT: &str = "/session/end";
const HOME: &str = "/private";

/// Where else who may see the ledger can go.
const LINKS: [(&str, &str); 3] =
    [("/private/ledger", "What was asked"), ("/private/ledger/tail", "As it comes"), ("/private/reports", "Reports")];

/// Who asks for one of these pages.
#[derive(Debug, Clone)]
pub(super) enum Visitor {
    Stranger,
    /// With a token in the header, or as the local owner.
    Principal(Principal),
    /// With a session's cookie.
    Browser(SignedIn),
}

impl Visitor {
    pub(super) fn principal(&self) -> Option<&Principal> {
        match self {
            Self::Stranger => None,
            Self::Principal(principal) => Some(principal),
            Self::Browser(signed_in) => Some(&signed_in.principal),
        }
    }
}

/// The visitor whose cookie this is.
pub(super) fn visitor(app: &App, headers: &HeaderMap) -> Visitor {
    let found = cookie(headers, SESSION_COOKIE)
        .and_then(|cookie| app.sessions.find(&app.keyring, cookie, app.clock.now().unix_s()));
    found.map_or(Visitor::Stranger, Visitor::Browser)
}

/// `GET /session`: the form.
pub(super) async fn form(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
) -> Response {
    match visitor {
        Visitor::Stranger => ask_for_token(&app, &headers, StatusCode::OK, None),
        _ => see(HOME),
    }
}

/// `POST /session`: takes the token.
pub(super) async fn begin(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, HttpError> {
    let fields = fields(&headers, &body)?;
    let own = form_secret(&headers).is_some_and(|secret| field(&fields, KEY_FIELD) == form_key(secret));
    if !own {
        let old = "That form is not from here, or older than an hour. This is a new one.";
        return Ok(ask_for_token(&app, &headers, StatusCode::FORBIDDEN, Some(old)));
    }
    let now_s = app.clock.now().unix_s();
    let begun = match app.sessions.begin(&app.keyring, field(&fields, TOKEN_FIELD).trim(), now_s) {
        Ok(begun) => begun,
        Err(SessionError::Randomness) => return Err(HttpError::Internal),
        Err(SessionError::Token(TokenError::Unreadable)) => return Err(HttpError::unreadable_tokens()),
        Err(SessionError::Token(error)) => return Ok(refuse(&app, peer, &headers, &error)),
    };
    if let (Visitor::Browser(before), Some(cookie)) = (visitor, cookie(&headers, SESSION_COOKIE)) {
        app.sessions.end(cookie, &before.form_key);
    }
    tracing::info!(principal = begun.principal.id(), "a session begins");
    let mut response = see(HOME);
    set_cookie(&mut response, SESSION_COOKIE, &begun.cookie, begun.longest_s);
    set_cookie(&mut response, FORM_COOKIE, "", 0);
    Ok(response)
}

/// `POST /session/end`: ends the session whose own form asks for it.
pub(super) async fn end(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, HttpError> {
    let fields = fields(&headers, &body)?;
    if let (Visitor::Browser(_), Some(cookie)) = (visitor, cookie(&headers, SESSION_COOKIE))
        && !app.sessions.end(cookie, field(&fields, KEY_FIELD))
    {
        return Err(HttpError::ForeignForm);
    }
    let mut response = see(SIGN_IN);
    set_cookie(&mut response, SESSION_COOKIE, "", 0);
    Ok(response)
}

/// `GET /private`: who one is.
pub(super) async fn who(State(app): State<Arc<App>>, Extension(visitor): Extension<Visitor>) -> Response {
    let Some(principal) = visitor.principal() else { return see(SIGN_IN) };
    let token = app.keyring.token(principal.id());
    let hidden = match &visitor {
        Visitor::Browser(signed_in) => vec![(KEY_FIELD, signed_in.form_key.as_str())],
        _ => Vec::new(),
    };
    let form = matches!(visitor, Visitor::Browser(_)).then(|| Form {
        action: SIGN_OUT,
        hidden: &hidden,
        fields: &[],
        button: "Sign out",
    });
    let plain = Plain {
        title: "Who you are here",
        lead: "This page is for you alone. Pages of documents show what is public, whoever looks at them.",
        facts: &facts(principal, token.as_ref()),
        links: if principal.can(Action::Report) { &LINKS } else { &[] },
        form,
        ..Plain::default()
    };
    page(&app, StatusCode::OK, &plain)
}

fn facts(principal: &Principal, token: Option<&Token>) -> Vec<(&'static str, String)> {
    let time = |unix_s: i64| Timestamp::from_unix_ms(unix_s.saturating_mul(1_000)).to_string();
    let minute = |unix_s: i64| format!("{} UTC", time(unix_s).get(..16).unwrap_or_default().replace('T', " "));
    let name = token.map_or_else(|| "the local owner".to_owned(), |token| token.name.clone());
    let (opens, can) = if principal.can(Action::Admin) {
        ("the public shelf and every private collection".to_owned(), "everything, tokens included".to_owned())
    } else {
        let (collections, can) = token.map(|token| (&*token.collections, &*token.can)).unwrap_or_default();
        let collections =
            std::iter::once("the public shelf".to_owned()).chain(collections.iter().map(ToString::to_string));
        let can: Vec<_> = can.iter().map(|action| action.as_str()).collect();
        (collections.collect::<Vec<_>>().join(", "), can.join(", "))
    };
    let expires = token.and_then(|token| token.expires_s).map_or_else(|| "never".to_owned(), minute);
    vec![
        ("Token", name),
        ("In the ledger", principal.id().to_owned()),
        ("Opens", opens),
        ("May", can),
        ("Good until", expires),
    ]
}

/// The form again, with why the token was refused.
fn refuse(app: &App, peer: Peer, headers: &HeaderMap, error: &TokenError) -> Response {
    let refused = app.refuse_token(peer, error);
    let alert = refused.to_string();
    let mut response = ask_for_token(app, headers, refused.status(), Some(&alert));
    if let Some(challenge) = refused.challenge() {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if let Some(retry_after_s) = refused.retry_after_s() {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after_s));
    }
    response
}

fn ask_for_token(app: &App, headers: &HeaderMap, status: StatusCode, alert: Option<&str>) -> Response {
    // Several tabs share one cookie.
    let secret = match form_secret(headers) {
        Some(secret) => secret.to_owned(),
        None => {
            let mut bytes = [0_u8; 32];
            if app.randomness.fill(&mut bytes).is_err() {
                return HttpError::Internal.into_response();
            }
            bytes.map(|byte| format!("{byte:02x}")).concat()
        }
    };
    let key = form_key(&secret);
    let plain = Plain {
        title: "Sign in",
        lead: "Paste the token you were given. It is sent to this server once and not kept in your browser.",
        alert,
        form: Some(Form {
            action: SIGN_IN,
            hidden: &[(KEY_FIELD, &key)],
            fields: &[Field { name: TOKEN_FIELD, label: "Token", kind: FieldKind::Secret, required: true }],
            button: "Sign in",
        }),
        ..Plain::default()
    };
    let mut response = page(app, status, &plain);
    set_cookie(&mut response, FORM_COOKIE, &secret, FORM_S);
    response
}

/// What the first form was given, if it has the form of one of ours.
fn form_secret(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, FORM_COOKIE).filter(|secret| secret.len() == 64 && secret.bytes().all(|c| c.is_ascii_hexdigit()))
}

pub(super) fn page(app: &App, status: StatusCode, plain: &Plain<'_>) -> Response {
    html(status, app.site.plain(plain))
}

/// A page for one person alone.
pub(super) fn html(status: StatusCode, html: Html) -> Response {
    let media = [(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"))];
    let mut response = (status, media, html.into_string()).into_response();
    harden(&mut response);
    response
}

pub(super) fn see(path: &'static str) -> Response {
    let mut response = (StatusCode::SEE_OTHER, [(LOCATION, HeaderValue::from_static(path))]).into_response();
    harden(&mut response);
    response
}

/// With `no-referrer`, a browser would send its forms with `Origin: null`, which is what a page
/// of somewhere else can send, too.
fn harden(response: &mut Response) {
    response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
}

fn set_cookie(response: &mut Response, name: &str, value: &str, max_age_s: i64) {
    // Names are ours, and values are hexadecimal digits.
    if let Ok(cookie) = HeaderValue::try_from(format!("{name}={value}; {ATTRIBUTES}; Max-Age={max_age_s}")) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}

/// The cookie of a name; none when there are two of it.
pub(super) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let given = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(';'));
    let mut found = given.filter_map(|pair| pair.trim().split_once('=')).filter(|(known, _)| *known == name);
    let (_, value) = found.next()?;
    found.next().is_none().then_some(value)
}

pub(super) type Fields = Vec<(String, String)>;

pub(super) fn fields(headers: &HeaderMap, body: &[u8]) -> Result<Fields, HttpError> {
    let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(HttpError::NotAForm);
    }
    serde_urlencoded::from_bytes(body).map_err(|_| HttpError::NotAForm)
}

pub(super) fn field<'a>(fields: &'a Fields, name: &str) -> &'a str {
    fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
}
