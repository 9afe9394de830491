//! Reads an endpoint's answer and believes nothing of it that was not checked.

use serde::Deserialize;

use crate::embed::normalise;

/// `{"data": [{"index": 0, "embedding": [0.1, …]}, …]}`; what else there is is passed over.
#[derive(Deserialize)]
struct Answer {
    data: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    index: Option<usize>,
    embedding: Vec<f32>,
}

/// Takes the vectors out of an answer, in the order of the texts, one long.
///
/// # Errors
/// Says what is wrong: another number of vectors than texts, an index twice, another length, a number that is none.
pub(super) fn vectors(bytes: &[u8], texts: usize, dimensions: Option<usize>) -> Result<Vec<Vec<f32>>, String> {
    let answer: Answer =
        serde_json::from_slice(bytes).map_err(|error| format!("it is not the JSON of vectors: {error}"))?;
    if answer.data.len() != texts {
        return Err(format!("it has {} vectors for {texts} texts", answer.data.len()));
    }
    let dimensions = dimensions.or_else(|| answer.data.first().map(|item| item.embedding.len())).unwrap_or(0);
    let mut vectors: Vec<Option<Vec<f32>>> = vec![None; texts];
    for (at, Item { index, mut embedding }) in answer.data.into_iter().enumerate() {
        let at = index.unwrap_or(at);
        if embedding.len() != dimensions || dimensions == 0 {
            return Err(format!("a vector has {} numbers and not {dimensions}", embedding.len()));
        }
        normalise(&mut embedding);
        let length: f32 = embedding.iter().map(|number| number * number).sum();
        if !(0.5..2.0).contains(&length) {
            return Err("a vector has no direction".to_owned());
        }
        match vectors.get_mut(at) {
            Some(place @ None) => *place = Some(embedding),
            Some(Some(_)) => return Err(format!("it has index {at} twice")),
            None => return Err(format!("it has index {at} for {texts} texts")),
        }
    }
    Ok(vectors.into_iter().flatten().collect())
}

/// What a refusal says: `error.message` of the usual shapes, or the text itself.
pub(super) fn message(said: &str) -> String {
    let json: serde_json::Value = serde_json::from_str(said).unwrap_or_default();
    let error = json.get("error").unwrap_or(&json);
    let message = error.get("message").or_else(|| error.get("detail")).unwrap_or(error);
    message.as_str().map_or_else(|| said.trim().to_owned(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{message, vectors};

    #[test]
    fn vectors_come_in_the_order_of_the_texts_and_one_long() {
        let answer =
            br#"{"object":"list","data":[{"index":1,"embedding":[0,2]},{"index":0,"embedding":[3,4]}],"usage":{}}"#;
        assert_eq!(vectors(answer, 2, None).unwrap(), [[0.6, 0.8], [0.0, 1.0]]);
        let unnumbered = br#"{"data":[{"embedding":[1,0]},{"embedding":[0,1]}]}"#;
        assert_eq!(vectors(unnumbered, 2, Some(2)).unwrap(), [[1.0, 0.0], [0.0, 1.0]]);
    }

    #[test]
    fn an_answer_that_is_not_what_was_asked_for_is_refused_and_says_why() {
        for (answer, why) in [
            (r#"{"data":[{"index":0,"embedding":[1,0]}]}"#, "1 vectors for 2 texts"),
            (r#"{"data":[{"index":0,"embedding":[1,0]},{"index":0,"embedding":[1,0]}]}"#, "index 0 twice"),
            (r#"{"data":[{"index":0,"embedding":[1,0]},{"index":2,"embedding":[1,0]}]}"#, "index 2"),
            (r#"{"data":[{"index":0,"embedding":[1,0]},{"index":1,"embedding":[1,0,0]}]}"#, "3 numbers"),
            (r#"{"data":[{"index":0,"embedding":[1,0]},{"index":1,"embedding":[0,0]}]}"#, "no direction"),
            (r#"{"data":[{"index":0,"embedding":[1,0]},{"index":1,"embedding":[1e39,0]}]}"#, ""),
            (r#"{"data":[{"index":0,"embedding":[1,0]},{"index":1,"embedding":["a",0]}]}"#, "JSON"),
            (r#"{"data":[{"index":0,"embedding":[1,0]},{"index":1,"embedding":[null,0]}]}"#, "JSON"),
            (r#"{"data":"#, "JSON"),
            ("<html>", "JSON"),
            ("", "JSON"),
        ] {
            let error = vectors(answer.as_bytes(), 2, Some(2)).unwrap_err();
            assert!(error.contains(why), "{error:?} should say {why:?}");
        }
    }

    #[test]
    fn a_refusal_gives_its_reason() {
        for (said, reason) in [
            (r#"{"error":{"message":"no such model","type":"x"}}"#, "no such model"),
            (r#"{"error":"model not found"}"#, "model not found"),
            (r#"{"detail":"not found"}"#, "not found"),
            ("plain words\n", "plain words"),
        ] {
            assert_eq!(message(said), reason);
        }
    }
}
