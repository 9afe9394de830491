//! The handler behind every MCP message: finds the reader, calls what is asked for, prints.

use std::convert::Infallible;
use std::sync::Arc;

use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CompleteRequestParams, CompleteResult, CustomRequest,
    CustomResult, DiscoverResult, ErrorCode, GetPromptRequestParams, GetPromptResponse, GetSkillRequestParams,
    GetSkillResult, Implementation, InitializeRequestParams, InitializeResult, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, ListSkillsResult, ListToolsResult, PaginatedRequestParams,
    ProtocolVersion, ReadResourceRequestParams, ReadResourceResponse, ResourcesCapability, ServerCapabilities,
    ServerConfig, ServerResult, SubscribeRequestParams, SubscriptionFilter, Tool, UnsubscribeRequestParams,
};
use rmcp::service::{NotificationContext, RequestContext, SubscriptionContext};
use rmcp::{ErrorData, RoleServer, ServerHandler};
use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;

use crate::access::{Action, Scope, Visibility};
use crate::library::{Pen, Reader, Verbs};

use super::caller::introduced;
use super::malformed::{Meant, There};
use super::subscriptions::{self, Subscribed};
use super::visitor::{Lender, Visitor};
use super::{
    browse_context, completion, get_document, give_feedback, instructions, log_agent_change, malformed, prompts,
    report_gap, resources, search_context, skills, tool,
};

/// For how long a client may keep the list of tools, which only another version of the binary changes, or another token.
const TOOLS_TTL_MS: u64 = 300_000;

/// Where the reader of a request comes from.
#[derive(Debug, Clone)]
enum Source {
    /// A stream's lender.
    Lender(Lender),
    /// The extensions of the HTTP request: nothing is found there but a reader of the scope the face was mounted for.
    Request { lent: fn(&http::Extensions) -> Option<Visitor>, lender: fn(&http::Extensions) -> Option<Lender> },
}

/// What a face serves beside what it always does, and until when.
#[derive(Debug, Clone, Default)]
pub struct FaceOptions {
    /// Whether playbooks are served as skills.
    pub skills: bool,
    /// Ends subscriptions when the server stops.
    pub stopping: CancellationToken,
}

/// A session on a stream.
#[derive(Debug)]
struct Session {
    /// What it waits for, in the older era.
    subscribed: Subscribed,
    ended: CancellationToken,
}

/// Answers MCP messages. Making one costs a few reference counts.
#[derive(Debug, Clone)]
pub struct McpFace {
    source: Source,
    options: FaceOptions,
    /// There is none over HTTP, where every message stands alone.
    session: Option<Arc<Session>>,
    /// Nothing is sent. Fields are dropped in order: when this is gone, so is what the lender held.
    _held: Option<Sender<Infallible>>,
}

impl McpFace {
    /// A face for a session whose other end is known: all its requests read with what `lender` lends.
    /// `held` goes after `lender`, when the last of them has been answered.
    #[must_use]
    pub(super) fn of_stream(
        lender: Lender,
        options: FaceOptions,
        ended: CancellationToken,
        held: Sender<Infallible>,
    ) -> Self {
        let session = Arc::new(Session { subscribed: Subscribed::default(), ended });
        Self { source: Source::Lender(lender), options, session: Some(session), _held: Some(held) }
    }

    /// A face that lends to everybody what `lender` lends.
    #[cfg(test)]
    pub(super) fn of_lender(lender: Lender) -> Self {
        Self { source: Source::Lender(lender), options: FaceOptions::default(), session: None, _held: None }
    }

    /// A face whose requests carry a [`Reader<S>`](Reader) among the extensions of their HTTP request, and a [`Pen`] if
    /// their principal was lent one. With a [`Lender`] there, who waits for changes is looked at again with each.
    #[must_use]
    pub fn of_request<S: Scope>(options: FaceOptions) -> Self
    where
        Reader<S>: Verbs,
    {
        let lent = |extensions: &http::Extensions| -> Option<Visitor> {
            Some(Visitor::of((extensions.get::<Reader<S>>()?.clone(), extensions.get::<Pen>().cloned())))
        };
        let lender = |extensions: &http::Extensions| -> Option<Lender> {
            if let Some(lender) = extensions.get::<Lender>() {
                return Some(lender.clone());
            }
            // Who has no credential can lose none; with one, nobody waits without being looked at again.
            let stranger = S::VISIBILITY == Visibility::Public;
            let reader = extensions.get::<Reader<S>>().filter(|_| stranger)?.clone();
            Some(Lender::new(move || (reader.clone(), None)))
        };
        Self { source: Source::Request { lent, lender }, options, session: None, _held: None }
    }

    fn reader(&self, context: &RequestContext<RoleServer>) -> Result<Box<dyn Verbs>, ErrorData> {
        Ok(self.visitor(context)?.reader)
    }

    fn visitor(&self, context: &RequestContext<RoleServer>) -> Result<Visitor, ErrorData> {
        let visitor = match &self.source {
            Source::Lender(lender) => lender.lend(),
            Source::Request { lent, .. } => {
                context.extensions.get::<http::request::Parts>().and_then(|parts| lent(&parts.extensions))
            }
        };
        let Visitor { reader, pen } = visitor.ok_or_else(closed)?;
        let reader = introduced(reader.as_ref(), context);
        let pen = pen.map(|pen| pen.for_caller(reader.caller().clone()));
        Ok(Visitor { reader, pen })
    }

    /// What lends while somebody waits to be told of changes.
    fn lender(&self, context: &RequestContext<RoleServer>) -> Result<Lender, ErrorData> {
        let lender = match &self.source {
            Source::Lender(lender) => Some(lender.clone()),
            Source::Request { lender, .. } => {
                context.extensions.get::<http::request::Parts>().and_then(|parts| lender(&parts.extensions))
            }
        };
        lender.ok_or_else(closed)
    }

    /// The session whose documents are waited for in the older era.
    fn session(&self) -> Result<&Session, ErrorData> {
        let what = "there are no sessions here; use subscriptions/listen of 2026-07-28, or cairn mcp";
        self.session.as_deref().ok_or_else(|| ErrorData::new(ErrorCode::METHOD_NOT_FOUND, what, None))
    }
}

/// Without a reader nothing is answered: a face that was mounted wrongly is closed, not open.
fn closed() -> ErrorData {
    ErrorData::internal_error("this endpoint is not connected", None)
}

/// Does the work of a request until it is called off, by `notifications/cancelled` or by a connection that is closed:
/// what nobody waits for any more is let go of where it stands, and what still stands in the line is not begun.
async fn unless_called_off<T>(
    context: &RequestContext<RoleServer>,
    work: impl Future<Output = Result<T, ErrorData>>,
) -> Result<T, ErrorData> {
    tokio::select! {
        done = work => done,
        // Nobody reads this: a request that was called off is not answered.
        () = context.ct.cancelled() => Err(ErrorData::internal_error("the request was called off", None)),
    }
}

/// Calls a tool that the visitor has.
async fn called(visitor: &Visitor, request: CallToolRequestParams) -> Result<CallToolResponse, ErrorData> {
    let reader = visitor.reader.as_ref();
    let (feedback, change) = (visitor.pen_for(Action::Feedback), visitor.pen_for(Action::Change));
    let given = request.arguments.unwrap_or_default();
    let answer = match (request.name.as_ref(), feedback, change) {
        ("search_context", ..) => search_context::call(reader, given).await,
        ("get_document", ..) => get_document::call(reader, given).await,
        ("browse_context", ..) => browse_context::call(reader, given).await,
        ("give_feedback", Some(pen), _) => give_feedback::call(pen, given).await,
        ("report_gap", Some(pen), _) => report_gap::call(pen, given).await,
        ("log_agent_change", _, Some(pen)) => log_agent_change::call(pen, given).await,
        (other, ..) => {
            let other: String = other.chars().take(100).collect();
            let what = format!("unknown tool {other:?}: there are {}", tool::names(visitor.pen.as_ref()));
            return Err(ErrorData::invalid_params(what, None));
        }
    };
    Ok(answer.unwrap_or_else(|error| tool::refused(&error)).into())
}

impl ServerHandler for McpFace {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder()
            .enable_tools()
            .enable_resources()
            .enable_resources_subscribe()
            .enable_resources_list_changed()
            .enable_prompts()
            .enable_completions();
        let capabilities = if self.options.skills { capabilities.enable_skills() } else { capabilities }.build();
        let server = Implementation::new("cairn", env!("CARGO_PKG_VERSION"))
            .with_title("Cairn")
            .with_description(env!("CARGO_PKG_DESCRIPTION"));
        ServerConfig::new(capabilities).with_server_info(server).with_instructions(instructions::plain())
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        context.peer.set_peer_info(request.clone());
        let mut result = self.negotiate_initialize(&request)?;
        let mut reader = self.reader(&context)?;
        if let Some(client) = super::client_named(&request.client_info.name, Some(&request.client_info.version)) {
            let caller = crate::library::Caller { client: Some(client), ..reader.caller().clone() };
            reader = reader.for_caller(caller);
        }
        result.instructions = Some(instructions::for_caller(reader.as_ref()));
        // In this era a client is told of changes in a session alone.
        if self.session.is_none() {
            result.capabilities.resources = Some(ResourcesCapability::default());
        }
        Ok(result)
    }

    async fn on_initialized(&self, context: NotificationContext<RoleServer>) {
        let (Source::Lender(lender), Some(session)) = (&self.source, &self.session) else { return };
        subscriptions::attend(lender.clone(), &session.subscribed, context.peer, session.ended.clone()).await;
    }

    async fn discover(&self, context: RequestContext<RoleServer>) -> Result<DiscoverResult, ErrorData> {
        let mut info = self.get_info();
        info.instructions = Some(instructions::for_caller(self.reader(&context)?.as_ref()));
        Ok(DiscoverResult::from_server_info(self.supported_protocol_versions().into_owned(), info)
            .with_ttl_ms(0)
            .with_cache_scope(CacheScope::Private))
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = tool::of(self.visitor(&context)?.pen.as_ref()).cloned().collect();
        Ok(ListToolsResult::with_all_items(tools).with_ttl_ms(TOOLS_TTL_MS).with_cache_scope(CacheScope::Private))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        // Nobody's caller is known here: of a tool that not everybody has, nothing is told.
        tool::reading_ones().iter().find(|tool| tool.name == name).cloned()
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let visitor = self.visitor(&context)?;
        unless_called_off(&context, called(&visitor, request)).await
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        let visitor = self.visitor(&context)?;
        let protocol = visitor.reader.caller().protocol.as_deref();
        // Versions are dates.
        let modern = protocol.is_some_and(|version| version >= ProtocolVersion::V_2026_07_28.as_str());
        let there = There { tools: &tool::names(visitor.pen.as_ref()), modern, skills: self.options.skills };
        let response = match malformed::meant(request, &there)? {
            Meant::Call(request) => unless_called_off(&context, called(&visitor, request)).await?,
            Meant::Refused(result) => result.into(),
        };
        let mut result = ServerResult::from(response);
        if !modern {
            result.strip_result_type_for_legacy_peer();
        }
        serde_json::to_value(result)
            .map(CustomResult::new)
            .map_err(|error| ErrorData::internal_error(error.to_string(), None))
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        let reader = self.reader(&context)?;
        let cursor = request.and_then(|request| request.cursor);
        unless_called_off(&context, resources::list(reader.as_ref(), cursor)).await
    }

    async fn list_resource_templates(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        Ok(resources::templates())
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let reader = self.reader(&context)?;
        let read = async {
            if self.options.skills && skills::is_one(&request.uri) {
                return skills::read(reader.as_ref(), &request.uri).await;
            }
            resources::read(reader.as_ref(), &request.uri).await
        };
        Ok(unless_called_off(&context, read).await?.into())
    }

    async fn list_prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        let reader = self.reader(&context)?;
        let cursor = request.and_then(|request| request.cursor);
        unless_called_off(&context, prompts::list(reader.as_ref(), cursor)).await
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let reader = self.reader(&context)?;
        Ok(unless_called_off(&context, prompts::get(reader.as_ref(), request)).await?.into())
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let reader = self.reader(&context)?;
        unless_called_off(&context, completion::complete(reader.as_ref(), request)).await
    }

    async fn list_skills(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListSkillsResult, ErrorData> {
        let reader = self.reader(&context)?;
        let cursor = request.and_then(|request| request.cursor);
        unless_called_off(&context, skills::list(reader.as_ref(), cursor)).await
    }

    async fn get_skill(
        &self,
        request: GetSkillRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetSkillResult, ErrorData> {
        let reader = self.reader(&context)?;
        unless_called_off(&context, skills::get(reader.as_ref(), &request.uri)).await
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        Some(subscriptions::accepted(requested))
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let lender = self.lender(context.request_context())?;
        subscriptions::listen(&context, &lender, &self.options.stopping).await;
        Ok(())
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.session()?.subscribed.add(&request.uri)
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.session()?.subscribed.remove(&request.uri);
        Ok(())
    }
}
