//! What carries a scope or a right has no public field by which it could be put together.

use cairn::access::{Grant, Principal, Private, Public, Role, Visibility};
use cairn::corpus::{Document, Record};
use std::marker::PhantomData;
use std::sync::Arc;

fn grant(of: Grant<Private>) -> Grant<Private> {
    Grant { scope: PhantomData, ..of }
}

fn principal(of: Principal) -> Principal {
    Principal { role: Role::Owner, ..of }
}

fn record(of: Record) -> Record {
    Record { visibility: Visibility::Public, ..of }
}

fn document(record: Arc<Record>) -> Document<Public> {
    Document { record, scope: PhantomData }
}

fn main() {}
