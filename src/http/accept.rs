//! What a client wants to be given: the header `Accept` (RFC 9110, section 12.5.1).

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, HeaderName};

/// How much a media type is wanted that is named; of two that weigh as much, the one that is named first is wanted more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Weight {
    thousandths: u16,
    from_the_end: usize,
}

/// How much a media type is wanted, if it is named at all; ranges such as `*/*` name nothing.
pub(super) fn weight(headers: &HeaderMap, media: &str) -> Option<Weight> {
    weight_in(headers, &ACCEPT, media)
}

/// The same for another header of this form, such as `Accept-Encoding`.
pub(super) fn weight_in(headers: &HeaderMap, name: &HeaderName, media: &str) -> Option<Weight> {
    let given = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    given.flat_map(|value| value.split(',')).enumerate().find_map(|(place, range)| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(media));
        let quality = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1_000), thousandths).unwrap_or(1_000);
        let weight = Weight { thousandths: quality, from_the_end: usize::MAX - place };
        (named && quality > 0).then_some(weight)
    })
}

/// Reads `0.85` as 850; at most three digits behind the point count.
fn thousandths(quality: &str) -> Option<u16> {
    let (whole, part) = quality.split_once('.').unwrap_or((quality, ""));
    let whole: u16 = whole.parse().ok().filter(|whole| *whole <= 1)?;
    let part: u16 = format!("{part:0<3}").get(..3)?.parse().ok()?;
    Some((whole * 1_000 + part).min(1_000))
}
