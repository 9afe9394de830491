//! `cairn preview`, by the binary: beside a server, with a key, until it is told to stop.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;

use crate::support::Repository;

fn house() -> Repository {
    Repository::of(&[
        ("playbook/loop.md", "# The loop\n\nWrite it down.\n\nSee [the rest](rest.md).\n"),
        ("corpus/plum.md", "# The plum tree\n\nNobody outside may know of the plum tree.\n"),
    ])
}

#[test]
fn a_preview_runs_beside_a_server_says_what_is_wrong_as_it_is_saved_and_shows_private_documents_to_its_key() {
    let repository = house();
    let server = repository.serve();
    let preview = repository.preview();
    let cookie = preview.let_in();
    let get = |path: &str| preview.ask(&format!("GET {path}"), &[("Cookie", &cookie)], "").2;
    let page = get("/playbook/loop");
    assert!(page.contains("playbook/loop.md:5:") && page.contains("[link-broken]"), "{page}");
    assert!(get("/corpus/plum").contains("Nobody outside may know"));
    assert_eq!(preview.get("/corpus/plum", None).0, 403);
    let theirs = server.get("/playbook/loop", None).1;
    assert!(!theirs.contains("link-broken") && !theirs.contains("/-/"), "{theirs}");

    let mut events = TcpStream::connect(preview.address()).unwrap();
    write!(events, "GET /-/events HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n", preview.address()).unwrap();
    let mut events = BufReader::new(events);
    let mut number = || loop {
        let mut line = String::new();
        assert!(events.read_line(&mut line).unwrap() > 0, "the stream ended");
        if let Some(number) = line.strip_prefix("data: ") {
            break number.trim().parse::<u64>().unwrap();
        }
    };
    let first = number();
    repository.write("playbook/rest.md", "# The rest\n\nRest.\n");
    // A page may be told of before what is wrong with it is known.
    let mended = (0..4).any(|_| number() > first && !get("/playbook/loop").contains("link-broken"));
    assert!(mended, "{}", get("/playbook/loop"));
    assert!(get("/playbook/loop").contains("href=\"/playbook/rest\""));
    assert!(get("/playbook/rest").contains("no findings"));

    let again = repository.run(&["preview", "--listen", "127.0.0.1:0"]);
    let says = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(again.status.code() == Some(2) && says.contains(preview.address()), "{says}");
    assert_eq!(preview.terminate(), Some(0));
    assert_eq!(server.terminate(), Some(0));
}

#[test]
fn a_preview_is_for_this_machine_and_says_what_it_cannot_do() {
    let repository = house();
    let says = |arguments: &[&str]| {
        let output = repository.run(arguments);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, exposed) = says(&["preview", "--listen", "0.0.0.0:0"]);
    assert!(code == Some(2) && exposed.contains("not a loopback address"), "{exposed}");
    let (code, nowhere) = says(&["preview", "no/such/folder"]);
    assert!(code == Some(2) && nowhere.contains("no/such/folder"), "{nowhere}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, bound) = says(&["preview", "--listen", &address]);
    assert!(code == Some(2) && bound.contains(&address) && bound.contains("--listen"), "{bound}");
}
