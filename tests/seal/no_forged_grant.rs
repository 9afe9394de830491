//! A grant is made by `access`, out of a principal, and nowhere else.

use cairn::access::{Grant, Private};

fn constructed() -> Grant<Private> {
    Grant::private(anything())
}

fn default() -> Grant<Private> {
    Default::default()
}

fn raised() -> Grant<Private> {
    cairn::access::Principal::anonymous().public()
}

fn anything<T>() -> T {
    loop {}
}

fn main() {}
