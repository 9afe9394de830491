//! What a document is filled in with when it is used as a prompt: its arguments, as front matter declares them, and the
//! places `{{name}}` in its text.
//!
//! Only declared names are replaced, in one pass: what is filled in is never looked at again, so that no value can call
//! for another. What is left of braces is text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The most arguments of a document.
const MAX_ARGUMENTS: usize = 32;
/// The longest name, in bytes.
const NAME_BYTES: usize = 64;
/// The most values that are offered for one argument.
const MAX_VALUES: usize = 100;
/// The longest text that is filled in, in characters: a prompt is to fit into a context.
pub const VALUE_CHARS: usize = 8_000;

/// How many bytes are filled in at most before it is looked at whether it is too long: one value may have many places.
const FILLED_BYTES: usize = 64 * 1024;

/// One argument of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Argument {
    /// Letters, digits, `_` and `-`.
    pub name: String,
    /// What it is, in one line.
    pub description: Option<String>,
    /// Whether the prompt can't be had without it.
    pub required: bool,
    /// What is filled in when nothing is said.
    pub default: Option<String>,
    /// What may be offered for it; other values are good as well.
    pub values: Vec<String>,
}

/// A document that can't be filled in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FillError {
    /// An argument is needed.
    #[error("{name}: is missing; this prompt needs it")]
    Missing {
        /// Its name.
        name: String,
    },
    /// There is no such argument.
    #[error("{name}: is no argument of this prompt; {known}")]
    Unknown {
        /// As it was given.
        name: String,
        /// Which there are.
        known: String,
    },
    /// What is filled in makes the whole too long.
    #[error("{name}: makes the prompt too long where it is filled in; say it in less")]
    TooMuch {
        /// The argument with the longest value.
        name: String,
    },
    /// A value is too long.
    #[error("{name}: is longer than {VALUE_CHARS} characters; say it in less")]
    TooLong {
        /// The argument.
        name: String,
    },
}

impl Argument {
    /// An argument of which no more is known than its name; `None` for what is no name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name = name.trim();
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        let fits = !name.is_empty() && name.len() <= NAME_BYTES && plain;
        fits.then(|| Self {
            name: name.to_owned(),
            description: None,
            required: false,
            default: None,
            values: Vec::new(),
        })
    }

    /// Takes the values that are offered, as many as may be.
    pub(super) fn offer(&mut self, values: Vec<String>) {
        self.values = values;
        self.values.truncate(MAX_VALUES);
    }
}

/// Keeps the first of each name, as many as may be. Says whether some were left out.
pub(super) fn distinct(arguments: Vec<Argument>) -> (Vec<Argument>, bool) {
    let all = arguments.len();
    let mut kept: Vec<Argument> = Vec::new();
    for argument in arguments {
        if kept.len() < MAX_ARGUMENTS && kept.iter().all(|known| known.name != argument.name) {
            kept.push(argument);
        }
    }
    let left_out = kept.len() < all;
    (kept, left_out)
}

/// Fills in what was given, so that the whole fits. An optional argument that was not given is its default, or nothing.
///
/// # Errors
/// Names the argument that is missing, unknown or too long.
pub fn fill(
    text: &str,
    arguments: &[Argument],
    given: &BTreeMap<String, String>,
    fits: impl Fn(&str) -> bool,
) -> Result<String, FillError> {
    let values = check(arguments, given)?;
    let longest = values.iter().max_by_key(|(_, value)| value.len()).filter(|(_, value)| !value.is_empty());
    let too_much = || longest.map(|(name, _)| FillError::TooMuch { name: (*name).to_owned() });
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{{") {
        out.push_str(before);
        let inside = behind.split_once("}}").and_then(|(name, after)| Some((values.get(name.trim())?, after)));
        match inside {
            Some((value, after)) => {
                out.push_str(value);
                rest = after;
                if let Some(error) = too_much().filter(|_| out.len() > text.len() + FILLED_BYTES) {
                    return Err(error);
                }
            }
            None => {
                out.push_str("{{");
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    match too_much().filter(|_| !fits(&out)) {
        Some(error) => Err(error),
        None => Ok(out),
    }
}

/// What each argument is filled in with.
fn check<'a>(
    arguments: &'a [Argument],
    given: &'a BTreeMap<String, String>,
) -> Result<BTreeMap<&'a str, &'a str>, FillError> {
    let short = |name: &str| name.chars().take(NAME_BYTES).collect::<String>();
    if let Some(name) = given.keys().find(|name| arguments.iter().all(|argument| argument.name != **name)) {
        let names: Vec<&str> = arguments.iter().map(|argument| argument.name.as_str()).collect();
        let known =
            if names.is_empty() { "it takes none".to_owned() } else { format!("it takes {}", names.join(", ")) };
        return Err(FillError::Unknown { name: short(name), known });
    }
    let mut values = BTreeMap::new();
    for argument in arguments {
        let value = given.get(&argument.name).filter(|value| !value.trim().is_empty());
        let value = match value {
            Some(value) if value.chars().nth(VALUE_CHARS).is_some() => {
                return Err(FillError::TooLong { name: argument.name.clone() });
            }
            Some(value) => value.as_str(),
            None if argument.required => return Err(FillError::Missing { name: argument.name.clone() }),
            None => argument.default.as_deref().unwrap_or_default(),
        };
        values.insert(argument.name.as_str(), value);
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::{Argument, FillError, VALUE_CHARS, fill};
    use std::collections::BTreeMap;

    fn argument(name: &str, required: bool, default: Option<&str>) -> Argument {
        Argument { required, default: default.map(str::to_owned), ..Argument::named(name).unwrap() }
    }

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn declared_names_are_replaced_once_and_everything_else_is_text() {
        let arguments =
            [argument("service", true, None), argument("level", false, Some("low")), argument("note", false, None)];
        let text = "{{service}} {{ level }}[{{note}}] {{unknown}} {{ {{service}} }} {single} {{";
        let filled = fill(text, &arguments, &given(&[("service", "{{level}}")]), |_| true).unwrap();
        assert_eq!(filled, "{{level}} low[] {{unknown}} {{ {{level}} }} {single} {{");
    }

    #[test]
    fn what_is_missing_unknown_or_too_long_is_named_with_what_there_is() {
        let arguments = [argument("service", true, None), argument("level", false, None)];
        let told = |pairs: &[(&str, &str)]| fill("", &arguments, &given(pairs), |_| true).unwrap_err().to_string();
        assert_eq!(told(&[]), "service: is missing; this prompt needs it");
        assert_eq!(told(&[("service", " ")]), "service: is missing; this prompt needs it");
        let unknown = told(&[("service", "x"), ("sevrice", "y")]);
        assert_eq!(unknown, "sevrice: is no argument of this prompt; it takes service, level");
        let none = fill("", &[], &given(&[("x", "y")]), |_| true).unwrap_err();
        assert_eq!(none, FillError::Unknown { name: "x".to_owned(), known: "it takes none".to_owned() });
        let fits = "x".repeat(VALUE_CHARS);
        assert!(fill("", &arguments, &given(&[("service", &fits)]), |_| true).is_ok());
        let many = "{{service}}{{level}} ".repeat(1_000);
        let much = fill(&many, &arguments, &given(&[("service", &fits), ("level", "x")]), |_| true).unwrap_err();
        assert_eq!(much, FillError::TooMuch { name: "service".to_owned() }, "however few places it would take");
        let short = |text: &str| text.len() < 5;
        let filled = |value| fill("a {{level}}", &arguments, &given(&[("service", "s"), ("level", value)]), short);
        assert_eq!(filled("bc"), Ok("a bc".to_owned()));
        assert_eq!(filled("bcd"), Err(FillError::TooMuch { name: "level".to_owned() }));
        assert!(told(&[("service", &format!("{fits}x"))]).starts_with("service: is longer than 8000 characters"));
    }
}
