//! Reads what clients write where a list, a number or a truth value is meant.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};

use super::written::EscalationWritten;

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
pub(super) fn is_false(value: &bool) -> bool {
    !*value
}

/// What clients write where a list, a number or a truth value is meant. Models and query strings write numbers as text
/// and single values without brackets.
#[derive(Deserialize)]
#[serde(untagged)]
enum Loose<'a> {
    Truth(bool),
    Number(f64),
    #[serde(borrow)]
    Text(Cow<'a, str>),
    List(Vec<String>),
    Nothing(()),
    Other(serde::de::IgnoredAny),
}

/// A text that may be left out. A blank one is left out: models fill in what they have nothing for.
pub(super) fn optional_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.filter(|text| !text.trim().is_empty()))
}

pub(super) fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    match Loose::deserialize(from)? {
        Loose::List(items) => Ok(items),
        // A list that was written as a text.
        Loose::Text(text) if text.trim_start().starts_with('[') => {
            serde_json::from_str(&text).map_err(|_| serde::de::Error::custom("is no list of texts"))
        }
        Loose::Text(text) => {
            Ok(text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect())
        }
        Loose::Nothing(()) => Ok(Vec::new()),
        _ => Err(serde::de::Error::custom("is neither a list of texts nor texts joined by commas")),
    }
}

/// The same, where nothing is not a list without items.
pub(super) fn list_given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<String>>, D::Error> {
    list(from).map(Some)
}

pub(super) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<f64>, D::Error> {
    match Loose::deserialize(from)? {
        Loose::Number(number) => Ok(Some(number)),
        Loose::Text(text) => text.trim().parse().map(Some).map_err(|_| serde::de::Error::custom("is not a number")),
        Loose::Nothing(()) => Ok(None),
        _ => Err(serde::de::Error::custom("is not a number")),
    }
}

pub(super) fn whole_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let number = match Loose::deserialize(from)? {
        Loose::Number(number) => number,
        Loose::Text(text) => text
            .trim()
            .parse()
            .map_err(|_| serde::de::Error::custom("is not a whole number; write one as 6, 6.0 or \"6\""))?,
        Loose::Nothing(()) => return Ok(None),
        _ => return Err(serde::de::Error::custom("is not a whole number; write one as 6, 6.0 or \"6\"")),
    };
    if number.fract() == 0.0 {
        // What is far too much is told with the bounds that hold for it.
        #[expect(clippy::cast_possible_truncation, reason = "whole and far below 2^63")]
        return Ok(Some(number.clamp(-1e15, 1e15) as i64));
    }
    Err(serde::de::Error::custom("is not a whole number; write one as 6, 6.0 or \"6\""))
}

pub(super) fn truth<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    match Loose::deserialize(from)? {
        Loose::Truth(truth) => Ok(truth),
        Loose::Text(text) => match text.as_ref() {
            "true" | "1" | "yes" | "" => Ok(true),
            "false" | "0" | "no" => Ok(false),
            _ => Err(serde::de::Error::custom("is neither true nor false")),
        },
        Loose::Number(number) => Ok(number != 0.0),
        Loose::Nothing(()) => Ok(false),
        Loose::List(_) | Loose::Other(_) => Err(serde::de::Error::custom("is neither true nor false")),
    }
}

/// An answer that does not say otherwise has its record.
pub(super) fn recorded() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
pub(super) fn is_recorded(recorded: &bool) -> bool {
    *recorded
}

/// Yes, no, or a name that says who.
pub(super) fn truth_or_name<'de, D: Deserializer<'de>>(from: D) -> Result<Option<EscalationWritten>, D::Error> {
    Ok(match Loose::deserialize(from)? {
        Loose::Truth(truth) => Some(EscalationWritten::Asked(truth)),
        Loose::Nothing(()) => None,
        Loose::Text(text) => Some(match text.trim() {
            "true" | "yes" | "1" => EscalationWritten::Asked(true),
            "false" | "no" | "0" | "none" => EscalationWritten::Asked(false),
            name => EscalationWritten::To(name.to_owned()),
        }),
        _ => return Err(serde::de::Error::custom("is neither true nor false nor who was asked")),
    })
}
