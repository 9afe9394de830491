//! A grant and a principal are nothing that can be read from a text, or made from a public one.

use cairn::access::{Grant, Principal, Private, Public};

fn read(text: &str) -> Option<Grant<Private>> {
    serde_json::from_str(text).ok()
}

fn owner(text: &str) -> Option<Principal> {
    serde_json::from_str(text).ok()
}

fn widened(public: Grant<Public>) -> Grant<Private> {
    public.into()
}

fn owned() -> Principal {
    Principal::owner("me")
}

fn main() {}
