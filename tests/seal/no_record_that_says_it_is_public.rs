//! Only `classify` stamps a record.

use cairn::access::Visibility;
use cairn::corpus::Record;

fn stamped(mut record: Record) -> Record {
    record.visibility = Visibility::Public;
    record
}

fn main() {}
