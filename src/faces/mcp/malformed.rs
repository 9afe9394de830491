//! Requests of methods that are there, with parameters that do not have their form.
//!
//! They come in as requests nobody knows. To be told that there is no such method, an agent would take it that there are no
//! tools; so it is told which parameter is wrong. What is wrong with a tool's arguments is a result, which reaches the model,
//! and arguments that a model wrote as the text of an object are taken for the object.

use rmcp::ErrorData;
use rmcp::model::{
    CallToolRequestParams, CallToolResult, CompleteRequestParams, ContentBlock, CustomRequest, ErrorCode,
    GetPromptRequestParams, GetSkillRequestParams, InitializeRequestParams, JsonObject, ReadResourceRequestParams,
    SubscribeRequestParams, SubscriptionsListenRequestParams,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The most of an error that is repeated.
const WHAT_CHARS: usize = 300;

/// What becomes of such a request, where it is not an error.
pub(super) enum Meant {
    /// A call, with the object that was written as a text.
    Call(CallToolRequestParams),
    /// A call that can't be made.
    Refused(CallToolResult),
}

/// What there is where a request comes in.
pub(super) struct There<'a> {
    /// The names of the caller's tools.
    pub(super) tools: &'a str,
    /// Whether the caller speaks the era without sessions.
    pub(super) modern: bool,
    /// Whether playbooks are skills.
    pub(super) skills: bool,
}

/// What was meant.
///
/// # Errors
/// Says which parameter is wrong, or that there is no such method.
pub(super) fn meant(request: CustomRequest, there: &There<'_>) -> Result<Meant, ErrorData> {
    let params = request.params.unwrap_or_else(|| Value::Object(JsonObject::new()));
    match request.method.as_str() {
        "tools/call" => call(params, there.tools),
        "initialize" if !there.modern => Err(wrong::<InitializeRequestParams>(params)),
        "resources/read" => Err(wrong::<ReadResourceRequestParams>(params)),
        "resources/subscribe" | "resources/unsubscribe" if !there.modern => {
            Err(wrong::<SubscribeRequestParams>(params))
        }
        "subscriptions/listen" if there.modern => Err(wrong::<SubscriptionsListenRequestParams>(params)),
        "prompts/get" => Err(wrong::<GetPromptRequestParams>(params)),
        "completion/complete" => Err(wrong::<CompleteRequestParams>(params)),
        "skills/get" if there.skills => Err(wrong::<GetSkillRequestParams>(params)),
        _ => Err(ErrorData::new(ErrorCode::METHOD_NOT_FOUND, request.method, None)),
    }
}

fn call(params: Value, names: &str) -> Result<Meant, ErrorData> {
    let Some(name) = params.get("name").and_then(Value::as_str) else {
        let what = format!("name: is missing or no text; there are {names}");
        return Err(ErrorData::invalid_params(what, None));
    };
    let what = match params.get("arguments") {
        Some(Value::String(text)) => match serde_json::from_str::<JsonObject>(text) {
            Ok(object) => return Ok(Meant::Call(CallToolRequestParams::new(name.to_owned()).with_arguments(object))),
            Err(_) => "a text",
        },
        Some(Value::Array(_)) => "a list",
        Some(Value::Number(_)) => "a number",
        Some(Value::Bool(_)) => "true or false",
        _ => return Err(wrong::<CallToolRequestParams>(params)),
    };
    let what = format!("arguments: are {what}; give an object, such as {{\"query\": \"how to roll back\"}}");
    Ok(Meant::Refused(CallToolResult::error(vec![ContentBlock::text(what)])))
}

/// What is wrong with parameters of a kind.
fn wrong<T: DeserializeOwned>(params: Value) -> ErrorData {
    let what = serde_json::from_value::<T>(params).err().map(|error| error.to_string());
    let what = what.unwrap_or_else(|| "do not have the form that the protocol wants".to_owned());
    ErrorData::invalid_params(format!("params: {}", what.chars().take(WHAT_CHARS).collect::<String>()), None)
}

#[cfg(test)]
mod tests {
    use rmcp::model::CustomRequest;
    use serde_json::{Value, json};

    use super::{Meant, There, meant};

    fn told(modern: bool, method: &str, params: Value) -> Result<Meant, (i32, String)> {
        let request = CustomRequest::new(method, Some(params));
        let there = There { tools: "search_context", modern, skills: false };
        meant(request, &there).map_err(|error| (error.code.0, error.message.into_owned()))
    }

    #[test]
    fn arguments_that_were_written_as_a_text_are_the_object_they_say() {
        let params = json!({"name": "search_context", "arguments": "{\"query\": \"owl\"}"});
        let Ok(Meant::Call(call)) = told(true, "tools/call", params) else { panic!("is no call") };
        assert_eq!((call.name.as_ref(), call.arguments.unwrap()["query"].as_str()), ("search_context", Some("owl")));
    }

    #[test]
    fn a_tool_says_what_is_wrong_with_its_arguments_as_a_result() {
        for (arguments, what) in [(json!(["owl"]), "a list"), (json!("owl"), "a text"), (json!(7), "a number")] {
            let params = json!({"name": "search_context", "arguments": arguments});
            let Ok(Meant::Refused(result)) = told(true, "tools/call", params) else { panic!("{what} is not refused") };
            let text = &result.content[0].as_text().unwrap().text;
            assert!(text.starts_with(&format!("arguments: are {what}; give an object")), "{text}");
            assert_eq!(result.is_error, Some(true));
        }
    }

    #[test]
    fn a_method_that_is_there_names_the_parameter_and_one_that_is_not_is_not_found() {
        for (method, params, named) in [
            ("tools/call", json!({"arguments": {}}), "name: is missing or no text; there are search_context"),
            ("resources/read", json!({}), "params: missing field `uri`"),
            ("prompts/get", json!({"name": "brief_me", "arguments": []}), "params: invalid type: sequence"),
            ("prompts/get", json!({}), "params: missing field `name`"),
            ("subscriptions/listen", json!({"notifications": {"resourceSubscriptions": "x"}}), "params: invalid type"),
        ] {
            let Err((code, message)) = told(true, method, params) else { panic!("{method} is taken") };
            assert!(code == -32602 && message.starts_with(named), "{method}: {code} {message}");
        }
        for (modern, method) in [
            (true, "skills/get"),
            (false, "logging/setLevel"),
            (true, "initialize"),
            (true, "resources/subscribe"),
            (false, "subscriptions/listen"),
        ] {
            let refused = told(modern, method, json!({})).err();
            assert_eq!(refused, Some((-32601, method.to_owned())));
        }
        let refused = told(false, "resources/subscribe", json!({})).err();
        assert_eq!(refused, Some((-32602, "params: missing field `uri`".to_owned())));
    }
}
