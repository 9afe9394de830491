//! The process on whose behalf somebody asks, as it is typed.

use crate::mcp::process_named;

pub(super) fn process(text: &str) -> Result<String, &'static str> {
    process_named(text).ok_or("a process is called by 1 to 200 characters, in one line")
}
