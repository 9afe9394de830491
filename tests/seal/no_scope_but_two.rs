//! There are two scopes, and neither has a value.

use cairn::access::{Public, Scope, Visibility};

#[derive(Debug, Clone, Copy)]
struct Mine;

impl Scope for Mine {
    const VISIBILITY: Visibility = Visibility::Public;
}

fn value() -> Public {
    Public
}

fn main() {}
