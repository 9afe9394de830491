//! Only `classify` stamps a record.

use cairn::access::{Public, Visibility};
use cairn::corpus::{Document, Record};
use std::sync::Arc;

fn stamped(mut record: Record) -> Record {
    record.visibility = Visibility::Public;
    record
}

fn rebuilt(record: Record) -> Record {
    Record { visibility: Visibility::Public, ..record }
}

fn literal(record: Arc<Record>) -> Document<Public> {
    Document { record, scope: std::marker::PhantomData }
}

fn main() {}
