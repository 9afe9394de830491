//! What a client wants to be given: the header `Accept` (RFC 9110, section 12.5.1).

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, HeaderName};

/// How much a media type is wanted that is named; of two that weigh as much, the one that is named first is wanted more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Weight {
    thousandths: u16,
    from_the_end: usize,
}

/// How much something is wanted by a header of this form, such as `Accept-Encoding`, if it is named there at all.
pub(super) fn weight_in(headers: &HeaderMap, name: &HeaderName, media: &str) -> Option<Weight> {
    let [weight] = weights_in(headers, name, [media]);
    weight
}

/// How much each of some media types is wanted, if it is named at all; ranges such as `*/*` name nothing. The header is
/// read once.
pub(super) fn weights<const N: usize>(headers: &HeaderMap, media: [&str; N]) -> [Option<Weight>; N] {
    weights_in(headers, &ACCEPT, media)
}

fn weights_in<const N: usize>(headers: &HeaderMap, name: &HeaderName, media: [&str; N]) -> [Option<Weight>; N] {
    let mut weights = [None; N];
    let given = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    for (place, range) in given.flat_map(|value| value.split(',')).enumerate() {
        let (named, parameters) = range.split_once(';').unwrap_or((range, ""));
        let at = media.iter().position(|media| named.trim().eq_ignore_ascii_case(media));
        let Some(weight) = at.and_then(|at| weights.get_mut(at)).filter(|weight| weight.is_none()) else { continue };
        let quality = parameters.split(';').find_map(|part| part.trim().strip_prefix("q="));
        let thousandths = quality.map_or(Some(1_000), thousandths).unwrap_or(1_000);
        *weight = (thousandths > 0).then_some(Weight { thousandths, from_the_end: usize::MAX - place });
    }
    weights
}

/// Reads `0.85` as 850; at most three digits behind the point count.
fn thousandths(quality: &str) -> Option<u16> {
    let (whole, part) = quality.split_once('.').unwrap_or((quality, ""));
    let whole: u16 = whole.parse().ok().filter(|whole| *whole <= 1)?;
    let part: u16 = format!("{part:0<3}").get(..3)?.parse().ok()?;
    Some((whole * 1_000 + part).min(1_000))
}
