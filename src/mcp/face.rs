//! The handler behind every MCP message: finds the reader, calls a tool or a resource, prints.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, DiscoverResult, Implementation, InitializeRequestParams,
    InitializeResult, ListResourceTemplatesResult, ListResourcesResult, ListToolsResult, PaginatedRequestParams,
    ReadResourceRequestParams, ReadResourceResponse, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler};
use tokio::sync::mpsc::Sender;

use crate::access::{Action, Scope};
use crate::library::{Pen, Reader};

use super::caller::introduced;
use super::verbs::Verbs;
use super::{
    browse_context, get_document, give_feedback, instructions, log_agent_change, report_gap, resources, search_context,
    tool,
};

/// For how long a client may keep the list of tools, which only another version of the binary changes, or another token.
const TOOLS_TTL_MS: u64 = 300_000;

/// Who asks: what reads for them, and what writes for those who may write.
struct Visitor {
    reader: Box<dyn Verbs>,
    pen: Option<Pen>,
}

impl Visitor {
    fn of<S: Scope>((reader, pen): (Reader<S>, Option<Pen>)) -> Self {
        Self { reader: Box::new(reader), pen }
    }

    /// The pen, if its holder may do `action` with it.
    fn pen_for(&self, action: Action) -> Option<&Pen> {
        self.pen.as_ref().filter(|pen| pen.may(action))
    }
}

/// Lends the reader and the pen of a stream, anew for each request: what a session may see can grow while it lasts.
#[derive(Clone)]
pub struct Lender(Arc<dyn Fn() -> Visitor + Send + Sync>);

impl Lender {
    /// Takes what makes a reader, and a pen for who may write.
    #[must_use]
    pub fn new<S: Scope>(lend: impl Fn() -> (Reader<S>, Option<Pen>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(move || Visitor::of(lend())))
    }
}

#[cfg(test)]
impl Lender {
    /// Lends what a test answers with.
    pub(super) fn of_verbs(lend: impl Fn() -> Box<dyn Verbs> + Send + Sync + 'static) -> Self {
        Self(Arc::new(move || Visitor { reader: lend(), pen: None }))
    }
}

impl fmt::Debug for Lender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lender").finish_non_exhaustive()
    }
}

/// Where the reader of a request comes from.
#[derive(Debug, Clone)]
enum Source {
    /// A stream's lender.
    Lender(Lender),
    /// The extensions of the HTTP request: nothing is found there but a reader of the scope the face was mounted for.
    Request(fn(&http::Extensions) -> Option<Visitor>),
}

/// Answers MCP messages. Making one costs a few reference counts.
#[derive(Debug, Clone)]
pub struct McpFace {
    source: Source,
    /// Nothing is sent. Fields are dropped in order: when this is gone, so is what the lender held.
    _held: Option<Sender<Infallible>>,
}

impl McpFace {
    /// A face for a session whose other end is known: all its requests read with what `lender` lends.
    /// `held` goes after `lender`, when the last of them has been answered.
    #[must_use]
    pub(super) fn of_stream(lender: Lender, held: Sender<Infallible>) -> Self {
        Self { source: Source::Lender(lender), _held: Some(held) }
    }

    /// A face that lends to everybody what `lender` lends.
    #[cfg(test)]
    pub(super) fn of_lender(lender: Lender) -> Self {
        Self { source: Source::Lender(lender), _held: None }
    }

    /// A face whose requests carry a [`Reader<S>`](Reader) among the extensions of their HTTP request, and a [`Pen`] if
    /// their principal was lent one.
    #[must_use]
    pub fn of_request<S: Scope>() -> Self {
        let lent = |extensions: &http::Extensions| -> Option<Visitor> {
            Some(Visitor::of((extensions.get::<Reader<S>>()?.clone(), extensions.get::<Pen>().cloned())))
        };
        Self { source: Source::Request(lent), _held: None }
    }

    fn reader(&self, context: &RequestContext<RoleServer>) -> Result<Box<dyn Verbs>, ErrorData> {
        Ok(self.visitor(context)?.reader)
    }

    fn visitor(&self, context: &RequestContext<RoleServer>) -> Result<Visitor, ErrorData> {
        let visitor = match &self.source {
            Source::Lender(lender) => Some((lender.0)()),
            Source::Request(lent) => {
                context.extensions.get::<http::request::Parts>().and_then(|parts| lent(&parts.extensions))
            }
        };
        // Without a reader nothing is answered: a face that was mounted wrongly is closed, not open.
        let closed = || ErrorData::internal_error("this endpoint is not connected", None);
        let Visitor { reader, pen } = visitor.ok_or_else(closed)?;
        let reader = introduced(reader.as_ref(), context);
        let pen = pen.map(|pen| pen.for_caller(reader.caller().clone()));
        Ok(Visitor { reader, pen })
    }
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
            let tools = tool::of(visitor.pen.as_ref());
            let names: Vec<_> = tools.iter().map(|tool| tool.name.as_ref()).collect();
            let known = format!("there are {}", names.join(", "));
            return Err(ErrorData::invalid_params(format!("unknown tool {other:?}: {known}"), None));
        }
    };
    Ok(answer.unwrap_or_else(|error| tool::refused(&error)).into())
}

impl ServerHandler for McpFace {
    fn get_info(&self) -> ServerConfig {
        let capabilities = ServerCapabilities::builder().enable_tools().enable_resources().build();
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
        Ok(result)
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
        let tools = tool::of(self.visitor(&context)?.pen.as_ref());
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
        Ok(unless_called_off(&context, resources::read(reader.as_ref(), &request.uri)).await?.into())
    }
}
