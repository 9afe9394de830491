//! Which texts mean the same, by the built-in model: no text leaves the process for it.

use crate::embed::{EmbedError, Embedder as _, StaticModel};

/// How near two questions are that mean the same: the cosine of their vectors.
const SAME: f32 = 0.75;

/// Gives for each text the place of the one whose group it is in. A text joins the nearest of those before it that lead a
/// group, if that is near enough, and leads one of its own otherwise.
pub(super) fn groups(model: &StaticModel, texts: &[&str]) -> Result<Vec<usize>, EmbedError> {
    let vectors: Vec<Vec<f32>> = model.passages(texts)?.into_iter().map(|embedding| embedding.vector).collect();
    let (mut leaders, mut led): (Vec<(usize, &[f32])>, Vec<usize>) = (Vec::new(), Vec::with_capacity(texts.len()));
    for (place, vector) in vectors.iter().enumerate() {
        let near = leaders.iter().map(|(leader, of)| (*leader, cosine(vector, of)));
        let nearest = near.max_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, cosine)| *cosine >= SAME);
        match nearest {
            Some((leader, _)) => led.push(leader),
            None => {
                leaders.push((place, vector));
                led.push(place);
            }
        }
    }
    Ok(led)
}

/// Vectors have length 1.
fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::{StaticModel, groups};

    #[test]
    fn questions_that_mean_the_same_are_one_group_and_others_are_not() {
        let texts = [
            "how do I rotate an api token",
            "refund policy for annual plans",
            "rotate api tokens",
            "what is the refund policy for an annual plan",
            "who is on call at night",
            "rotating an API token",
            "on call at night",
            "lunch menu",
        ];
        let model = StaticModel::new().unwrap();
        assert_eq!(groups(&model, &texts).unwrap(), [0, 1, 0, 1, 4, 0, 4, 7]);
    }
}
