//! Answers in their structured form: JSON that is not printed yet.

use serde::Serialize;
use serde_json::{Number, Value};

/// An answer in its structured form, which prints as the answer itself does; none where it has no such form.
#[must_use]
pub fn structured(wire: &impl Serialize) -> Option<Value> {
    match serde_json::to_value(wire) {
        Ok(mut value) => {
            shorten(&mut value);
            Some(value)
        }
        // Wire types are plain data with text keys; if one ever fails, a text is still the whole answer.
        Err(error) => {
            tracing::error!(error = %error, "answer has no structured form");
            None
        }
    }
}

/// Makes single-precision numbers print as they do over HTTP: 0.87, not 0.8700000047683716.
fn shorten(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            let double = number.as_f64().unwrap_or_default();
            #[expect(clippy::cast_possible_truncation, reason = "only taken when nothing is lost")]
            let single = double as f32;
            if f64::from(single).to_bits() == double.to_bits()
                && let Some(short) = single.to_string().parse().ok().and_then(Number::from_f64)
            {
                *number = short;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(shorten),
        Value::Object(members) => members.values_mut().for_each(shorten),
        _ => {}
    }
}
