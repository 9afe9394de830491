//! The command line, as it is written: a file for the flags of each command.
//!
//! The flags of `feedback`, `gap`, `outcome`, `change`, `log` and of `mcp`'s commands stand beside what they are for.

mod blame;
mod browse;
mod check;
mod command;
mod eval;
mod export;
mod exposure;
mod get;
mod hook;
mod mcp;
mod place;
mod preview;
mod process;
mod promote;
mod report;
mod search;
mod serve;
mod token;

pub(super) use blame::BlameArguments;
pub(super) use browse::BrowseArguments;
pub(super) use check::CheckArguments;
pub(super) use command::{Command, Flags};
pub(super) use eval::EvalArguments;
pub(super) use export::{ExportArguments, ExportCommand};
pub(super) use exposure::ExposureArguments;
pub(super) use get::GetArguments;
pub(super) use hook::{HookArguments, HookCommand};
pub(super) use mcp::McpArguments;
pub(super) use place::Place;
pub(super) use preview::PreviewArguments;
pub(super) use promote::PromoteArguments;
pub(super) use report::{Floor, ReportArguments};
pub(super) use search::SearchArguments;
pub(super) use serve::ServeArguments;
pub(super) use token::{NewTokenArguments, RotateArguments, TokenArguments, TokenCommand};
