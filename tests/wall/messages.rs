//! Messages of MCP, in both eras of the protocol: every method there is, and some that there are not.

use axum::http::Method;
use serde_json::{Value, json};

use super::canary::canary;
use super::house::Ask;
use super::requests::Asker;

/// What a client may send; whether a server takes it is the server's to say.
const METHODS: [&str; 26] = [
    "initialize",
    "ping",
    "tools/list",
    "tools/call",
    "resources/list",
    "resources/read",
    "resources/templates/list",
    "resources/subscribe",
    "resources/unsubscribe",
    "resources/directory/read",
    "subscriptions/listen",
    "skills/list",
    "skills/get",
    "prompts/list",
    "prompts/get",
    "completion/complete",
    "logging/setLevel",
    "server/discover",
    "tasks/list",
    "tasks/get",
    "roots/list",
    "sampling/createMessage",
    "notifications/initialized",
    "notifications/cancelled",
    "notifications/roots/list_changed",
    "nonsense/method",
];

/// What the server may say that it can do. Another capability has methods of its own, which belong above.
pub(crate) const CAPABILITIES: [&str; 5] = ["completions", "extensions", "prompts", "resources", "tools"];

/// Versions of the older era.
const VERSIONS: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

const MODERN: &str = "2026-07-28";

/// One message of each method in each era.
pub(super) fn each(asker: &mut Asker) -> Vec<Ask> {
    let mut all = Vec::new();
    for method in METHODS {
        for modern in [false, true] {
            let params = params(asker, method);
            all.push(message(asker, method, params, modern));
        }
    }
    all
}

/// Any message.
pub(super) fn any(asker: &mut Asker) -> Ask {
    let modern = asker.dice.chance(40);
    let method = match asker.dice.below(10) {
        0..5 => "tools/call",
        5 => "resources/read",
        _ => asker.dice.pick(&METHODS),
    };
    let params = params(asker, method);
    let ask = message(asker, method, params, modern);
    match asker.dice.below(30) {
        0 => Ask { body: b"{\"jsonrpc\":".to_vec(), ..ask },
        1 => Ask { body: [b"[", ask.body.as_slice(), b"]"].concat(), ..ask },
        2 => ask.with("accept", "text/html"),
        3 => ask.with("mcp-name", "something else"),
        _ => ask,
    }
}

/// Asks for the list of tools.
pub(super) fn tools(modern: bool) -> Ask {
    sent("tools/list", json!({}), modern, VERSIONS[3])
}

/// A call of a tool, with arguments that it understands.
pub(super) fn tool(asker: &mut Asker, name: &str) -> Ask {
    let modern = asker.dice.chance(50);
    let params = call(asker, name);
    message(asker, "tools/call", params, modern)
}

fn message(asker: &mut Asker, method: &str, params: Value, modern: bool) -> Ask {
    let era = if modern { MODERN } else { "older" };
    asker.asked.insert(format!("{method} ({era})"));
    if let Some(tool) = params["name"].as_str().filter(|_| method == "tools/call") {
        asker.asked.insert(format!("tool {tool}"));
    }
    let version = *asker.dice.pick(&VERSIONS);
    sent(method, params, modern, version)
}

fn sent(method: &str, mut params: Value, modern: bool, version: &str) -> Ask {
    let name = params["name"].as_str().or(params["uri"].as_str()).map(str::to_owned);
    if modern {
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": MODERN,
            "io.modelcontextprotocol/clientInfo": {"name": "wall", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        });
    }
    let mut message = json!({"jsonrpc": "2.0", "method": method, "params": params});
    if !method.starts_with("notifications/") {
        message["id"] = json!(7);
    }
    let ask = Ask { method: Method::POST, body: message.to_string().into_bytes(), ..Ask::get("/mcp") };
    let ask = ask.with("content-type", "application/json").with("accept", "application/json, text/event-stream");
    if !modern {
        return ask.with("mcp-protocol-version", version);
    }
    let ask = ask.with("mcp-protocol-version", MODERN).with("mcp-method", method);
    match name.filter(|name| name.is_ascii()) {
        Some(name) => ask.with("mcp-name", name),
        None => ask,
    }
}

fn params(asker: &mut Asker, method: &str) -> Value {
    let uri = |asker: &mut Asker| {
        let id = asker.id();
        let id = if asker.dice.chance(50) { id.replace(' ', "%20") } else { id };
        let fragment = *asker.dice.pick(&["", "", "#part-1", "#none"]);
        format!("cairn://{id}{fragment}")
    };
    match method {
        "initialize" => json!({
            "protocolVersion": asker.dice.pick(&VERSIONS),
            "capabilities": {},
            "clientInfo": {"name": "wall", "version": "1"},
        }),
        "tools/call" => {
            let names: Vec<String> =
                asker.tools.iter().filter_map(|tool| tool["name"].as_str()).map(str::to_owned).collect();
            if names.is_empty() || asker.dice.chance(4) {
                return json!({"name": canary(&mut asker.dice), "arguments": {}});
            }
            // Those that are not there for strangers.
            if asker.dice.chance(10) {
                let name = *asker.dice.pick(&["give_feedback", "report_gap", "log_agent_change"]);
                return json!({"name": name, "arguments": asker.written()});
            }
            let name = asker.dice.pick(&names).clone();
            call(asker, &name)
        }
        "resources/list" | "tools/list" | "prompts/list" | "resources/templates/list" | "skills/list"
            if asker.dice.chance(30) =>
        {
            json!({"cursor": asker.cursor()})
        }
        "resources/read" | "skills/get" | "resources/directory/read" if asker.dice.chance(40) => {
            json!({"uri": format!("skill://{}/SKILL.md", file_name(asker))})
        }
        "resources/read"
        | "resources/subscribe"
        | "resources/unsubscribe"
        | "skills/get"
        | "resources/directory/read" => {
            json!({"uri": uri(asker)})
        }
        "subscriptions/listen" => json!({"notifications": {
            "resourcesListChanged": true,
            "promptsListChanged": true,
            "resourceSubscriptions": [uri(asker), uri(asker)],
        }}),
        "prompts/get" => {
            let name = match asker.dice.below(3) {
                0 => "brief_me".to_owned(),
                1 => file_name(asker),
                _ => asker.id(),
            };
            let topic = asker.question();
            let arguments = if asker.dice.chance(60) { json!({"topic": topic}) } else { json!({}) };
            json!({"name": name, "arguments": arguments})
        }
        "completion/complete" => {
            let reference = match asker.dice.chance(50) {
                true => json!({"type": "ref/resource", "uri": "cairn://{collection}/{+path}"}),
                false if asker.dice.chance(50) => json!({"type": "ref/prompt", "name": "brief_me"}),
                false => json!({"type": "ref/prompt", "name": file_name(asker)}),
            };
            let name = *asker.dice.pick(&["collection", "path", "topic"]);
            let value = *asker.dice.pick(&["", "c", "corp", "p", "zqx", "guides/"]);
            json!({"ref": reference, "argument": {"name": name, "value": value}})
        }
        "logging/setLevel" => json!({"level": "debug"}),
        "tasks/get" => json!({"taskId": "1"}),
        "notifications/cancelled" => json!({"requestId": 1}),
        _ => json!({}),
    }
}

/// What a document's file is called: the name of a prompt or of a skill.
fn file_name(asker: &mut Asker) -> String {
    let id = asker.id();
    id.rsplit('/').next().unwrap_or_default().replace(' ', "-")
}

fn call(asker: &mut Asker, name: &str) -> Value {
    let arguments = match name {
        "search_context" => asker.search_body(),
        "get_document" => {
            let mut arguments = json!({"uri": asker.id()});
            if asker.dice.chance(30) {
                arguments["section"] = json!(asker.dice.pick(&["part-1", "Part 1", "none"]));
            }
            if asker.dice.chance(40) {
                arguments["max_tokens"] = json!(asker.dice.pick(&[120, 400, 8_000]));
            }
            if asker.dice.chance(10) {
                arguments["as_of"] = json!(asker.dice.pick(&super::requests::STATES));
            }
            arguments
        }
        "browse_context" => match asker.dice.below(4) {
            0 => json!({"collection": asker.dice.pick(&["corpus", "playbook"])}),
            1 => json!({"limit": 2}),
            2 => json!({"prefix": "guides", "type": "playbook"}),
            _ => json!({}),
        },
        other => panic!("{other}: no arguments are written for this tool, add some to tests/wall/messages.rs"),
    };
    json!({"name": name, "arguments": arguments})
}
