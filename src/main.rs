//! The binary: everything is in the library, so that tests can reach it.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: cairn::cli::Allocator = cairn::cli::Allocator;

fn main() -> ExitCode {
    cairn::cli::main()
}
