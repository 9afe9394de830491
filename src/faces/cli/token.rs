//! `cairn token`: makes, lists, rotates and revokes tokens, with a server or without.
//!
//! A secret goes to standard output, once and alone; what else there is to say goes to standard error. A running server
//! sees the file change with its next request. The ledger has what became of each token, by its id.

use std::fmt::Write as _;

use anyhow::Context as _;
use serde::Serialize;

use crate::access::{Action, CollectionName, Keyring, Made, NewToken, Rotation, Standing, Token};
use crate::ledger::{Clock as _, Errand, SystemClock, Timestamp, TokenAction, TokenChange};
use crate::library::DataFolder;

use super::attach::run_errand;
use super::config::Settings;
use super::error::{CliError, Outcome};
use super::flags::{NewTokenArguments, Place, RotateArguments, TokenArguments, TokenCommand};
use super::output::{self, Style};
use super::when;

/// What `--expires` calls no end.
const NEVER: &str = "never";

pub(super) async fn run(place: &Place, arguments: TokenArguments, json: bool) -> anyhow::Result<Outcome> {
    let settings = Settings::read(place)?;
    let now = SystemClock.now();
    let path = settings.tokens();
    match arguments.command {
        TokenCommand::New(new) => {
            DataFolder::prepare(&settings.data)?;
            make(&settings, &mut Keyring::open(&path)?, new, now, json).await
        }
        TokenCommand::List => list(&Keyring::open(&path)?, now, json),
        TokenCommand::Revoke { tokens } => revoke(&settings, &mut Keyring::open(&path)?, &tokens, now, json).await,
        TokenCommand::Rotate(how) => rotate(&settings, &mut Keyring::open(&path)?, &how, now, json).await,
    }
}

async fn make(
    settings: &Settings,
    keyring: &mut Keyring,
    new: NewTokenArguments,
    now: Timestamp,
    json: bool,
) -> anyhow::Result<Outcome> {
    let NewTokenArguments { name, collections, can, expires } = new;
    let admin = can.contains(&Action::Admin);
    if admin && (!collections.is_empty() || can.len() > 1) {
        return Err(CliError::AdminOpensAll.into());
    }
    let unknown: Vec<_> =
        collections.iter().filter(|name| !is_known(settings, name)).map(ToString::to_string).collect();
    let expires_s = until(&expires, now)?;
    let made = keyring.make(NewToken { name, collections, can, expires_s }, now.unix_s())?;
    // A token that the ledger knows nothing of is none.
    if let Err(error) = note(settings, &made.token, TokenAction::Made).await {
        keyring.forget(&made.secret)?;
        return Err(error);
    }
    show(&made, now, json)?;
    for name in unknown {
        let known: Vec<_> = settings.collections.iter().map(|collection| collection.name.as_str()).collect();
        output::note(&format!(
            "warning: {name}: no collection has this name now; the token opens it as soon as one has (there are: {})",
            known.join(", ")
        ));
    }
    Ok(Outcome::Done)
}

fn is_known(settings: &Settings, name: &CollectionName) -> bool {
    settings.collections.iter().any(|collection| collection.name == *name)
}

/// Writes down what became of a token.
async fn note(settings: &Settings, token: &Token, action: TokenAction) -> anyhow::Result<()> {
    let change = TokenChange { who: "local".to_owned(), token: token.id.clone(), action };
    run_errand(settings, "cairn token", Errand::Token(change)).await?;
    Ok(())
}

async fn rotate(
    settings: &Settings,
    keyring: &mut Keyring,
    how: &RotateArguments,
    now: Timestamp,
    json: bool,
) -> anyhow::Result<Outcome> {
    let grace_ms = when::span_ms(&how.grace).or_else(|| (how.grace.trim() == "0").then_some(0));
    let grace_ms = grace_ms.ok_or_else(|| CliError::Grace { text: how.grace.clone() })?;
    let expires_s = match &how.expires {
        Some(text) => until(text, now)?,
        None => None,
    };
    let made = keyring.rotate(&how.token, Rotation { grace_s: grace_ms / 1_000, expires_s }, now.unix_s())?;
    show(&made, now, json)?;
    output::note(&match grace_ms {
        0 => "the old secret is good no more".to_owned(),
        _ => format!("the old secret is good for {} more", how.grace.trim()),
    });
    note(settings, &made.token, TokenAction::Rotated).await.context("the token has its new secret")?;
    Ok(Outcome::Done)
}

async fn revoke(
    settings: &Settings,
    keyring: &mut Keyring,
    named: &[String],
    now: Timestamp,
    json: bool,
) -> anyhow::Result<Outcome> {
    let (mut revoked, mut refused) = (Vec::new(), None);
    for named in named {
        let token = match keyring.revoke(named, now.unix_s()) {
            Ok(token) => token,
            Err(error) => {
                refused = Some(error);
                break;
            }
        };
        output::note(&format!("{} {:?} is revoked", token.id, output::line(&token.name)));
        revoked.push(token);
    }
    if json && refused.is_none() {
        output::json(&revoked.iter().map(|token| Shown::of(token, now)).collect::<Vec<_>>())?;
    }
    // A ledger that can't be written keeps no token good.
    for token in &revoked {
        note(settings, token, TokenAction::Revoked).await.context("what was named is revoked")?;
    }
    refused.map_or(Ok(Outcome::Done), |error| Err(error.into()))
}

fn list(keyring: &Keyring, now: Timestamp, json: bool) -> anyhow::Result<Outcome> {
    let tokens = keyring.tokens();
    let outcome = if tokens.is_empty() { Outcome::Nothing } else { Outcome::Done };
    if json {
        output::json(&tokens.iter().map(|token| Shown::of(token, now)).collect::<Vec<_>>())?;
    } else if tokens.is_empty() {
        output::note("there are no tokens; make one with `cairn token new`");
    } else {
        output::text(&table(&tokens, now))?;
    }
    Ok(outcome)
}

/// One token a line, in columns as wide as they have to be.
fn table(tokens: &[Token], now: Timestamp) -> String {
    let Style { strong, dim, plain, .. } = Style::of(&std::io::stdout());
    let mut rows = vec![["NAME", "ID", "OPENS", "MAY", "UNTIL", "LAST USED"].map(str::to_owned)];
    rows.extend(tokens.iter().map(|token| {
        let until = match (token.standing(now.unix_s()), token.revoked_s, token.expires_s) {
            (Standing::Revoked, Some(at), _) => format!("revoked {}", minute(at)),
            (Standing::Expired, _, Some(at)) => format!("expired {}", minute(at)),
            (_, _, expires_s) => expires_s.map_or_else(|| NEVER.to_owned(), minute),
        };
        let used = token.last_used_s.map_or_else(|| NEVER.to_owned(), minute);
        [output::line(&token.name), token.id.clone(), opens(token), may(token), until, used]
    }));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; 6] = std::array::from_fn(width);
    let mut text = String::new();
    for (at, (row, token)) in rows.iter().zip(std::iter::once(None).chain(tokens.iter().map(Some))).enumerate() {
        let good = token.is_none_or(|token| token.standing(now.unix_s()) == Standing::Good);
        let style = if at == 0 {
            strong
        } else if good {
            ""
        } else {
            dim
        };
        let cells: Vec<_> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        // A String takes every write.
        let _written =
            writeln!(text, "{style}{}{}", cells.join("  ").trim_end(), if style.is_empty() { "" } else { plain });
    }
    text
}

/// Prints the secret, which nobody will see again, and says what it is for.
fn show(made: &Made, now: Timestamp, json: bool) -> anyhow::Result<()> {
    let token = &made.token;
    if json {
        #[derive(Serialize)]
        struct WithSecret<'a> {
            token: &'a str,
            #[serde(flatten)]
            shown: Shown,
        }
        output::json(&WithSecret { token: &made.secret, shown: Shown::of(token, now) })?;
    } else {
        output::text(&format!("{}\n", made.secret))?;
    }
    let until = token.expires_s.map_or_else(|| "without an end".to_owned(), |at| format!("until {} UTC", minute(at)));
    output::note(&format!(
        "{} {:?} may {}, opens {}, {until}; its secret is shown this once: send it as `Authorization: Bearer …`",
        token.id,
        output::line(&token.name),
        may(token),
        opens(token)
    ));
    Ok(())
}

fn opens(token: &Token) -> String {
    if token.is_admin() {
        return "everything".to_owned();
    }
    let names = std::iter::once("public").chain(token.collections.iter().map(CollectionName::as_str));
    names.collect::<Vec<_>>().join(",")
}

fn may(token: &Token) -> String {
    token.can.iter().map(|action| action.as_str()).collect::<Vec<_>>().join(",")
}

/// Reads `--expires`: how long from now, until when, or never.
fn until(text: &str, now: Timestamp) -> Result<Option<i64>, CliError> {
    if text.trim() == NEVER {
        return Ok(None);
    }
    let after = when::span_ms(text).map(|span_ms| Timestamp::from_unix_ms(now.unix_ms().saturating_add(span_ms)));
    let end = after.or_else(|| when::moment(text)).filter(|end| *end > now);
    end.map(|end| Some(end.unix_s())).ok_or_else(|| CliError::Expires { text: text.to_owned() })
}

fn minute(unix_s: i64) -> String {
    let text = Timestamp::from_unix_ms(unix_s.saturating_mul(1_000)).to_string();
    text.get(..16).unwrap_or(&text).replace('T', " ")
}

/// A token as JSON. Times are RFC 3339.
#[derive(Debug, Serialize)]
struct Shown {
    id: String,
    name: String,
    collections: Vec<String>,
    can: Vec<Action>,
    standing: &'static str,
    made: String,
    expires: Option<String>,
    revoked: Option<String>,
    last_used: Option<String>,
}

impl Shown {
    fn of(token: &Token, now: Timestamp) -> Self {
        let time = |unix_s: i64| Timestamp::from_unix_ms(unix_s.saturating_mul(1_000)).to_string();
        Self {
            id: token.id.clone(),
            name: token.name.clone(),
            collections: token.collections.iter().map(ToString::to_string).collect(),
            can: token.can.clone(),
            standing: match token.standing(now.unix_s()) {
                Standing::Good => "good",
                Standing::Expired => "expired",
                Standing::Revoked => "revoked",
            },
            made: time(token.made_s),
            expires: token.expires_s.map(time),
            revoked: token.revoked_s.map(time),
            last_used: token.last_used_s.map(time),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::until;
    use crate::ledger::Timestamp;

    #[test]
    fn an_end_is_a_span_a_date_or_never_and_lies_ahead() {
        let now = Timestamp::parse("2026-11-28T12:00:00Z").unwrap();
        let at = |text: &str| Some(Timestamp::parse(text).unwrap().unix_s());
        for (text, expected) in [
            ("90d", at("2027-02-26T12:00:00Z")),
            ("12h", at("2026-11-29T00:00:00Z")),
            ("2027-01-01", at("2027-01-01T00:00:00Z")),
            ("2026-11-28T14:00:00+01:00", at("2026-11-28T13:00:00Z")),
            ("never", None),
        ] {
            assert_eq!(until(text, now).unwrap(), expected, "{text}");
        }
        for bad in ["", "0d", "-1d", "90", "2026-11-28", "2026-01-01", "soon"] {
            assert!(until(bad, now).unwrap_err().to_string().contains("90d"), "{bad}");
        }
    }
}
