//! A grant is made by `access`, out of a principal, and nowhere else.

use cairn::access::{Grant, Private};

fn literal() -> Grant<Private> {
    Grant { reach: (), scope: std::marker::PhantomData }
}

fn constructed() -> Grant<Private> {
    Grant::private(())
}

fn default() -> Grant<Private> {
    Default::default()
}

fn raised() -> Grant<Private> {
    cairn::access::Principal::anonymous().public()
}

fn main() {}
