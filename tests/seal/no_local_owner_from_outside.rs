//! Nobody who uses `cairn` can say that they are the person at this machine.

use cairn::access::Principal;
use cairn::library::{Face, Library};

fn principal() -> Principal {
    Principal::local_owner()
}

fn reader(library: &Library) {
    let _reader = library.owner(Face::Stdio);
}

fn lent(library: &Library) {
    let _reader = cairn::owner::reader(library, Face::Stdio);
    let _pen = cairn::owner::pen(library, Face::Stdio);
    let _grant = cairn::owner::grant();
}

fn served(app: std::sync::Arc<cairn::http::App>, stream: tokio::net::UnixStream) {
    let _session = cairn::http::serve_agent(app, stream);
}

fn main() {}
