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

use crate::access::Scope;
use crate::library::Reader;

use super::caller::introduced;
use super::verbs::Verbs;
use super::{browse_context, get_document, instructions, resources, search_context, tool};

/// For how long a client may keep the list of tools, which only another version of the binary changes.
const TOOLS_TTL_MS: u64 = 300_000;

/// Lends the reader of a stream, anew for each request: what a session may see can grow while it lasts.
#[derive(Clone)]
pub struct Lender(Arc<dyn Fn() -> Box<dyn Verbs> + Send + Sync>);

impl Lender {
    /// Takes what makes a reader.
    #[must_use]
    pub fn new<S: Scope>(lend: impl Fn() -> Reader<S> + Send + Sync + 'static) -> Self {
        Self(Arc::new(move || Box::new(lend())))
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
    Request(fn(&http::Extensions) -> Option<Box<dyn Verbs>>),
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

    /// A face whose requests carry a [`Reader<S>`](Reader) among the extensions of their HTTP request.
    #[must_use]
    pub fn of_request<S: Scope>() -> Self {
        let lent = |extensions: &http::Extensions| -> Option<Box<dyn Verbs>> {
            Some(Box::new(extensions.get::<Reader<S>>()?.clone()))
        };
        Self { source: Source::Request(lent), _held: None }
    }

    fn reader(&self, context: &RequestContext<RoleServer>) -> Result<Box<dyn Verbs>, ErrorData> {
        let reader = match &self.source {
            Source::Lender(lender) => Some((lender.0)()),
            Source::Request(lent) => {
                context.extensions.get::<http::request::Parts>().and_then(|parts| lent(&parts.extensions))
            }
        };
        // Without a reader nothing is answered: a face that was mounted wrongly is closed, not open.
        let reader = reader.ok_or_else(|| ErrorData::internal_error("this endpoint is not connected", None))?;
        Ok(introduced(reader.as_ref(), context))
    }
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
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tool::all().to_vec())
            .with_ttl_ms(TOOLS_TTL_MS)
            .with_cache_scope(CacheScope::Private))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        tool::all().iter().find(|tool| tool.name == name).cloned()
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let reader = self.reader(&context)?;
        let given = request.arguments.unwrap_or_default();
        let answer = match request.name.as_ref() {
            "search_context" => search_context::call(reader.as_ref(), given).await,
            "get_document" => get_document::call(reader.as_ref(), given).await,
            "browse_context" => browse_context::call(reader.as_ref(), given).await,
            other => {
                let other: String = other.chars().take(100).collect();
                let known = "there are search_context, get_document and browse_context";
                return Err(ErrorData::invalid_params(format!("unknown tool {other:?}: {known}"), None));
            }
        };
        Ok(answer.unwrap_or_else(|error| tool::refused(&error)).into())
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        resources::list(self.reader(&context)?.as_ref(), request.and_then(|request| request.cursor)).await
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
        Ok(resources::read(self.reader(&context)?.as_ref(), &request.uri).await?.into())
    }
}
