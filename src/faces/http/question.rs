//! Questions as they come in: in the query string, or as a JSON body.

use axum::extract::Query;
use axum::http::{HeaderMap, Uri, header};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::mcp::arguments;

use super::{HttpError, reference};

/// The query string as an object. A parameter that is given more than once is a list.
pub(super) fn parameters(uri: &Uri) -> Result<Map<String, Value>, HttpError> {
    let malformed = |_| HttpError::Request { what: "the query string is malformed".to_owned() };
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri).map_err(malformed)?;
    let mut object = Map::new();
    for (name, value) in pairs {
        match object.get_mut(&name) {
            None => {
                object.insert(name, Value::String(value));
            }
            Some(Value::Array(list)) => list.push(Value::String(value)),
            Some(first) => *first = Value::Array(vec![first.take(), Value::String(value)]),
        }
    }
    Ok(object)
}

/// Reads a wire request out of the query string.
pub(super) fn in_query<T: DeserializeOwned + JsonSchema>(uri: &Uri) -> Result<T, HttpError> {
    Ok(arguments(parameters(uri)?)?)
}

/// Reads a wire request out of a JSON body, whose values are of the kinds that the API's description names.
pub(super) fn in_body<T: DeserializeOwned + JsonSchema>(headers: &HeaderMap, body: &[u8]) -> Result<T, HttpError> {
    if !is_json(headers) {
        return Err(HttpError::MediaType);
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(object)) => {
            reference::check::<T>(&object)?;
            Ok(arguments(object)?)
        }
        Ok(_) => Err(HttpError::Request { what: "the body is not a JSON object".to_owned() }),
        Err(error) => Err(HttpError::Request { what: format!("the body is not JSON: {error}") }),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = given.and_then(|given| given.split(';').next()).unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json") || essence.to_ascii_lowercase().ends_with("+json")
}
