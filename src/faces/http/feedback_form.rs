//! `/private/feedback`: a form for feedback, for browsers with a session; other private pages may post to it.
//!
//! `GET ?retrieval=r_…` shows the form. `POST` takes it if it has the session's key, and says what was written down.
//! Who has no session is sent to sign in, whatever was asked.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;

use crate::access::Action;
use crate::ledger::{Judgement, Reason};
use crate::library::wire::{FeedbackReceipt, FeedbackRequest};
use crate::library::{Caller, Face, Pen, WriteError};
use crate::mcp::introduced_by;
use crate::site::{Field, FieldKind, Form, Plain};

use super::session::{Fields, KEY_FIELD, SIGN_IN, Visitor, field, fields, page, see};
use super::{App, HttpError};

const FORM: &str = "/private/feedback";
const VERDICTS: [&str; 3] = [Judgement::Good.as_str(), Judgement::Bad.as_str(), Judgement::Mixed.as_str()];
/// No reason, and each one there is.
const REASONS: [&str; 1 + Reason::ALL.len()] = reasons();

const fn reasons() -> [&'static str; 1 + Reason::ALL.len()] {
    let mut words = [""; 1 + Reason::ALL.len()];
    let mut at = 0;
    while at < Reason::ALL.len() {
        words[at + 1] = Reason::ALL[at].as_str();
        at += 1;
    }
    words
}

/// `GET`: the form, filled in with what the address says.
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    uri: Uri,
) -> Result<Response, HttpError> {
    if visitor.principal().is_none() {
        return Ok(see(SIGN_IN));
    }
    pen(&app, &visitor)?;
    let said = Query::<Fields>::try_from_uri(&uri).map(|Query(said)| said).unwrap_or_default();
    let request = FeedbackRequest {
        retrieval_id: field(&said, "retrieval").to_owned(),
        uri: given(&said, "document"),
        ..FeedbackRequest::default()
    };
    Ok(form(&app, &visitor, StatusCode::OK, &request, None))
}

/// `POST`: takes the form.
pub(super) async fn take(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, HttpError> {
    if visitor.principal().is_none() {
        return Ok(see(SIGN_IN));
    }
    let pen = pen(&app, &visitor)?;
    let said = fields(&headers, &body)?;
    // Who comes without a cookie can't have been sent here by a page of somewhere else.
    if matches!(&visitor, Visitor::Browser(signed_in) if signed_in.form_key != field(&said, KEY_FIELD)) {
        return Err(HttpError::ForeignForm);
    }
    let mut caller = pen.caller().clone();
    introduced_by(&mut caller, &headers);
    let request = FeedbackRequest {
        retrieval_id: field(&said, "retrieval").to_owned(),
        verdict: field(&said, "verdict").to_owned(),
        why: given(&said, "why"),
        uri: given(&said, "document"),
        reason: given(&said, "reason"),
        corrected: given(&said, "corrected"),
        process_id: None,
    };
    match pen.for_caller(caller).give_feedback(&request).await {
        Ok(receipt) => Ok(thanks(&app, &receipt)),
        Err(error @ (WriteError::Field { .. } | WriteError::NoRetrieval { .. } | WriteError::NoDocument { .. })) => {
            Ok(form(&app, &visitor, StatusCode::BAD_REQUEST, &request, Some(&error.to_string())))
        }
        Err(error) => Err(error.into()),
    }
}

/// The visitor's pen, if they may give feedback.
fn pen(app: &App, visitor: &Visitor) -> Result<Pen, HttpError> {
    let refused = HttpError::Scope { needs: Action::Feedback };
    let Some(principal) = visitor.principal().filter(|principal| principal.can(Action::Feedback)) else {
        return Err(refused);
    };
    let grant = principal.private().ok_or(refused)?;
    Ok(app.library.pen(&grant, Caller::new(principal.clone(), Face::Site)))
}

fn form(app: &App, visitor: &Visitor, status: StatusCode, said: &FeedbackRequest, alert: Option<&str>) -> Response {
    let why = said.why.as_deref().unwrap_or_default();
    let corrected = said.corrected.as_deref().unwrap_or_default();
    let document = said.uri.as_deref().unwrap_or_default();
    let asked = [
        Field { name: "retrieval", label: "Retrieval", kind: FieldKind::Line(&said.retrieval_id), required: true },
        Field { name: "verdict", label: "Did it help?", kind: FieldKind::Choice(&VERDICTS), required: true },
        Field { name: "reason", label: "What is wrong", kind: FieldKind::Choice(&REASONS), required: false },
        Field { name: "why", label: "Why; needed when it was bad", kind: FieldKind::Text(why), required: false },
        Field { name: "document", label: "Document", kind: FieldKind::Line(document), required: false },
        Field {
            name: "corrected",
            label: "What would have been right",
            kind: FieldKind::Text(corrected),
            required: false,
        },
    ];
    let hidden = match visitor {
        Visitor::Browser(signed_in) => vec![(KEY_FIELD, signed_in.form_key.as_str())],
        _ => Vec::new(),
    };
    let plain = Plain {
        title: "Feedback",
        lead: "Say whether an answer helped. It goes into the ledger with your token's id, and its owner mends what is wrong.",
        alert,
        form: Some(Form { action: FORM, hidden: &hidden, fields: &asked, button: "Write it down" }),
        ..Plain::default()
    };
    page(app, status, &plain)
}

fn thanks(app: &App, receipt: &FeedbackReceipt) -> Response {
    let mut facts = vec![("Record", receipt.feedback_id.clone())];
    if let Some(mistake) = &receipt.mistake {
        facts.push(("Mistake", format!("{}, reported {} times", mistake.number, mistake.times)));
        if let Some(commit) = &mistake.came_back_after {
            facts.push(("Came back", format!("after commit {commit} had closed it")));
        } else if mistake.repeated {
            facts.push(("Again", "nothing was done about it in between".to_owned()));
        }
    }
    let lead = "It is in the ledger.";
    let plain = Plain { title: "Written down", lead, facts: &facts, ..Plain::default() };
    page(app, StatusCode::OK, &plain)
}

fn given(said: &Fields, name: &str) -> Option<String> {
    Some(field(said, name)).filter(|text| !text.trim().is_empty()).map(str::to_owned)
}
