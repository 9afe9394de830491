//! Tests of folders on disk.

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::*;

fn source(root: &Path) -> Source {
    Source::new(CollectionName::parse("playbook").unwrap(), root.canonicalize().unwrap(), Visibility::Public)
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn paths(listing: &Listing) -> Vec<&str> {
    listing.files.iter().map(|file| file.path.as_str()).collect()
}

#[test]
fn a_walk_lists_markdown_files_in_order_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for path in [
        "b.md",
        "a.MD",
        "deep/er/c.markdown",
        "x.txt",
        ".hidden.md",
        ".git/y.md",
        "node_modules/z.md",
        "target/t.md",
        "with blank/ä.md",
    ] {
        write(root, path, "text");
    }
    let listing = source(root).list();
    assert_eq!(paths(&listing), ["a.MD", "b.md", "deep/er/c.markdown", "with blank/ä.md"]);
    assert_eq!(listing.skipped, []);
    assert!(listing.files.iter().all(|file| file.size_bytes == 4 && file.modified_ns > 0));
}

#[test]
fn what_cannot_be_a_document_is_skipped_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(outside.path(), "secret.md", "secret");
    write(root, "real.md", "text");
    symlink(outside.path().join("secret.md"), root.join("out.md")).unwrap();
    symlink(root.join("real.md"), root.join("in.md")).unwrap();
    symlink(outside.path(), root.join("folder")).unwrap();
    write(root, "long.md", &"x".repeat(1024 * 1024 + 1));
    write(root, "most.md", &"x".repeat(1024 * 1024));
    write(root, "back\\slash.md", "text");
    fs::write(root.join(std::ffi::OsStr::from_bytes(b"\xFF.md")), "text").unwrap();
    fs::create_dir(root.join("folder.md")).unwrap();
    let source = source(root);
    let listing = source.list();
    assert_eq!(paths(&listing), ["most.md", "real.md"]);
    let skipped: Vec<(&str, &str)> =
        listing.skipped.iter().map(|skipped| (skipped.path.as_str(), skipped.reason.as_str())).collect();
    assert_eq!(
        skipped,
        [
            ("back\\slash.md", "the name has a backslash or a line break in it"),
            ("folder", "a symlink, which is not followed"),
            ("in.md", "a symlink, which is not followed"),
            ("long.md", "1048577 bytes long, 1048576 are read at most; split it"),
            ("out.md", "a symlink, which is not followed"),
            ("\u{FFFD}.md", "the name is not UTF-8"),
        ]
    );
    for path in ["out.md", "in.md", "folder/secret.md", "long.md", "folder.md", "../x.md", "gone.md", "", "/etc/passwd"]
    {
        assert!(source.read(&SourcePath::new(path)).is_err(), "{path:?} was read");
    }
    assert_eq!(source.read(&SourcePath::new("real.md")).unwrap().bytes, b"text");
}

#[test]
fn a_pipe_under_a_documents_name_does_not_hold_the_reader() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let pipe = root.join("pipe.md");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let source = source(&root);
    assert_eq!(source.list().skipped[0].reason, "not a regular file");
    assert_eq!(source.read(&SourcePath::new("pipe.md")).unwrap_err().reason, "not a regular file");
}

#[test]
fn files_that_differ_in_their_extension_are_documents_each_and_other_cases_are_alike() {
    let folder = tempfile::tempdir().unwrap();
    for path in ["x.markdown", "x.md", "Y.md", "y.md", "y.markdown", "e\u{301}.md", "\u{e9}.md", "z.MD", "z.md"] {
        write(folder.path(), path, "text");
    }
    let listing = source(folder.path()).list();
    let all = ["Y.md", "e\u{301}.md", "x.markdown", "x.md", "y.markdown", "y.md", "z.MD", "z.md", "\u{e9}.md"];
    assert_eq!(paths(&listing), all);
    assert_eq!(listing.skipped, []);
    let alike: Vec<(&str, &str)> = listing.alike.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(alike, [("Y.md", "y.md"), ("z.MD", "z.md"), ("e\u{301}.md", "\u{e9}.md")]);
}

#[test]
fn globs_choose_among_files_that_may_be_documents() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected: Vec<String> =
        crate::corpus::EXTENSIONS.iter().map(|extension| format!("a/x.{extension}")).collect();
    for path in expected.iter().map(String::as_str).chain(["main.rs", "pic.png", "Makefile", "a/x.rst", "md"]) {
        write(folder.path(), path, "text");
    }
    let mut source = source(folder.path());
    source.include = vec!["**/*".to_owned()];
    let listing = source.list();
    expected.sort();
    assert_eq!(paths(&listing), expected);
    assert_eq!(listing.skipped, [], "whoever takes in everything hears nothing of what is no text");
    assert!(!source.owns(&source.root.join("main.rs")));
}

#[test]
fn globs_choose_and_a_watcher_asks_the_same_question() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for path in ["docs/a.md", "docs/drafts/b.md", "docs/c.mdx", "other/d.md"] {
        write(root, path, "text");
    }
    let mut source = source(root);
    source.include = vec!["docs/**/*.{md,mdx}".to_owned()];
    source.exclude = vec!["**/drafts".to_owned()];
    assert_eq!(paths(&source.list()), ["docs/a.md", "docs/c.mdx"]);
    for (path, expected) in [
        ("docs/a.md", true),
        ("docs/new.mdx", true),
        ("docs/drafts/b.md", false),
        ("other/d.md", false),
        ("docs/.a.md.swp", false),
        ("docs/.git/x.md", false),
        ("docs", false),
    ] {
        assert_eq!(source.owns(&source.root.join(path)), expected, "{path}");
    }
    assert!(!source.owns(Path::new("/elsewhere/docs/a.md")));
    assert_eq!(source.relative(&source.root.join("docs")), Some(SourcePath::new("docs")));
}

#[test]
fn a_folder_that_was_moved_in_is_walked_alone() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for path in ["a/b/c.md", "a/b/d.md", "a/e.md"] {
        write(root, path, "text");
    }
    symlink(root.join("a"), root.join("link")).unwrap();
    let source = source(root);
    for (prefix, expected) in [
        ("a/b", &["a/b/c.md", "a/b/d.md"][..]),
        ("a", &["a/b/c.md", "a/b/d.md", "a/e.md"]),
        ("a/e.md", &["a/e.md"]),
        ("link/b", &[]),
        ("gone", &[]),
        (".git", &[]),
        ("..", &[]),
    ] {
        assert_eq!(paths(&source.list_under(&SourcePath::new(prefix))), expected, "{prefix}");
    }
}

#[test]
fn what_cannot_be_looked_at_is_not_taken_for_gone() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "seen.md", "text");
    // So deep that its whole path is longer than the system takes: there, but not to be looked at.
    let part = "d".repeat(250);
    let mut at = File::open(root).unwrap();
    for _ in 0..18 {
        rustix::fs::mkdirat(&at, &part, Mode::RWXU).unwrap();
        at = File::from(rustix::fs::openat(&at, &part, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap());
    }
    let source = source(root);
    let listing = source.list();
    assert_eq!(paths(&listing), ["seen.md"]);
    let [unread] = listing.unread.as_slice() else { panic!("{:?}", listing.unread) };
    assert!(unread.as_str().starts_with(&part));
    let [skipped] = listing.skipped.as_slice() else { panic!("{:?}", listing.skipped) };
    assert!(skipped.passing && skipped.path == unread.as_str());

    let deep = SourcePath::new(&format!("{}/x.md", vec![part.as_str(); 18].join("/")));
    assert_eq!(source.list_under(&deep).unread, std::slice::from_ref(&deep));
    let long = SourcePath::new(&format!("{}.md", "x".repeat(300)));
    assert!(source.read(&long).unwrap_err().passing);
}

#[test]
fn a_root_that_cannot_be_looked_at_is_unread_and_one_that_is_gone_is_gone() {
    let name = CollectionName::parse("playbook").unwrap();
    let at = |root: &str| Source::new(name.clone(), PathBuf::from(root), Visibility::Public);
    let unread = at(&"/long".repeat(1000));
    assert_eq!(unread.list().unread, [SourcePath::new("")]);
    assert_eq!((unread.list().skipped[0].path.as_str(), unread.list().skipped[0].passing), (".", true));
    assert_eq!(unread.list_under(&SourcePath::new("x.md")).unread, [SourcePath::new("x.md")]);
    let gone = at("/there/is/no/such/folder");
    assert_eq!(gone.list().unread, []);
    assert_eq!((gone.list().skipped.len(), gone.list().skipped[0].passing), (1, false));
    assert_eq!(gone.list_under(&SourcePath::new("x.md")), Listing::default());
    assert!(!gone.read(&SourcePath::new("x.md")).unwrap_err().passing);
}

#[test]
fn only_an_answer_about_the_file_is_taken_for_one() {
    use rustix::io::Errno;
    for (errno, expected) in [
        (Errno::MFILE, true),
        (Errno::NFILE, true),
        (Errno::IO, true),
        (Errno::NOMEM, true),
        (Errno::INTR, true),
        (Errno::STALE, true),
        (Errno::NOENT, false),
        (Errno::ACCESS, false),
        (Errno::PERM, false),
        (Errno::NOTDIR, false),
        (Errno::LOOP, false),
    ] {
        assert_eq!(may_pass(&errno.into()), expected, "{errno}");
    }
    assert!(!may_pass(&std::io::Error::other("a symlink, which is not followed")));
    assert!(may_pass(&std::io::ErrorKind::OutOfMemory.into()));
}

/// Reads a file 10,000 times while another thread swaps it, or a folder it is in, for a link to a secret and back.
fn read_while_swapped(swapped: &str, path: &str) {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    write(&root, path, "open");
    write(outside.path(), path, "secret");
    let (place, link) = (root.join(swapped), root.join("link"));
    symlink(outside.path().join(swapped), &link).unwrap();
    let source = source(&root);
    let (stop, path) = (AtomicBool::new(false), SourcePath::new(path));
    let (mut open, mut refused) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let aside = root.join("aside");
            while !stop.load(Ordering::Relaxed) {
                for (from, to) in [(&place, &aside), (&link, &place), (&place, &link), (&aside, &place)] {
                    fs::rename(from, to).unwrap();
                }
            }
        });
        // Both must have been met, or nothing was tried.
        while open + refused < 10_000 || open == 0 || refused == 0 {
            match source.read(&path) {
                Ok(file) => {
                    assert_eq!(file.bytes, b"open");
                    open += 1;
                }
                Err(_) => refused += 1,
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_file_that_is_swapped_for_a_link_is_never_read_through_it() {
    read_while_swapped("page.md", "page.md");
}

#[test]
fn a_folder_that_is_swapped_for_a_link_is_never_read_through_it() {
    read_while_swapped("deep", "deep/er/page.md");
}

#[test]
fn a_root_that_becomes_a_link_holds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let top = folder.path().canonicalize().unwrap();
    write(&top, "way/root/page.md", "open");
    write(outside.path(), "page.md", "secret");
    write(outside.path(), "root/page.md", "secret");
    let source = source(&top.join("way/root"));
    let page = SourcePath::new("page.md");
    // The folder itself, and one above it.
    for (place, to) in [("way/root", outside.path().to_owned()), ("way", outside.path().to_owned())] {
        fs::rename(top.join(place), top.join("aside")).unwrap();
        symlink(to, top.join(place)).unwrap();
        let listing = source.list();
        assert_eq!((listing.files.len(), listing.unread.len()), (0, 0), "{place}");
        assert_eq!(listing.skipped[0].to_string(), ".: a symlink, which is not followed", "{place}");
        assert_eq!(source.read(&page).unwrap_err().reason, "a symlink, which is not followed", "{place}");
        assert_eq!(source.list_under(&page).files, [], "{place}");
        fs::remove_file(top.join(place)).unwrap();
        fs::rename(top.join("aside"), top.join(place)).unwrap();
        assert_eq!(source.read(&page).unwrap().bytes, b"open", "{place}");
    }
}

#[test]
fn links_that_lead_in_circles_are_not_walked() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "a/page.md", "text");
    symlink("..", root.join("a/up")).unwrap();
    symlink("self.md", root.join("self.md")).unwrap();
    symlink("two.md", root.join("one.md")).unwrap();
    symlink("one.md", root.join("two.md")).unwrap();
    let source = source(root);
    let listing = source.list();
    assert_eq!(paths(&listing), ["a/page.md"]);
    let skipped: Vec<&str> = listing.skipped.iter().map(|skipped| skipped.path.as_str()).collect();
    assert_eq!(skipped, ["a/up", "one.md", "self.md", "two.md"]);
    for path in ["a/up/a/page.md", "self.md", "one.md"] {
        assert!(!source.read(&SourcePath::new(path)).unwrap_err().passing, "{path}");
    }
}

#[test]
fn what_is_no_regular_file_or_too_long_is_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let _listener = UnixListener::bind(root.join("socket.md")).unwrap();
    File::create(root.join("sparse.md")).unwrap().set_len(10 << 30).unwrap();
    let pipe = root.join("pipe.md");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let mut expected = vec!["pipe.md", "socket.md", "sparse.md"];
    // Only root may make a device: here the one that gives zeros without end.
    let zeros = rustix::fs::makedev(1, 5);
    let device = root.join("device.md");
    let kind = rustix::fs::FileType::CharacterDevice;
    if rustix::fs::mknodat(rustix::fs::CWD, &device, kind, Mode::RUSR, zeros).is_ok() {
        expected.insert(0, "device.md");
    }
    let began = Instant::now();
    let source = source(&root);
    let listing = source.list();
    assert_eq!(listing.files, []);
    assert_eq!(listing.skipped.iter().map(|skipped| skipped.path.as_str()).collect::<Vec<_>>(), expected);
    for path in expected {
        let refused = source.read(&SourcePath::new(path)).unwrap_err();
        assert!(!refused.passing, "{refused}");
    }
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[test]
fn a_folder_that_may_not_be_read_is_told_and_the_others_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    write(root, "shut/page.md", "text");
    write(root, "open/page.md", "text");
    let shut = root.join("shut");
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o000)).unwrap();
    let source = source(root);
    let listing = source.list();
    let page = SourcePath::new("shut/page.md");
    if rustix::process::geteuid().is_root() {
        // Nothing is shut for root.
        assert_eq!(paths(&listing), ["open/page.md", "shut/page.md"]);
    } else {
        assert_eq!(paths(&listing), ["open/page.md"]);
        assert_eq!((listing.skipped[0].path.as_str(), listing.skipped[0].passing), ("shut", false));
        assert!(!source.read(&page).unwrap_err().passing, "what may not be read is not served on");
    }
    fs::set_permissions(&shut, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(source.read(&page).unwrap().bytes, b"text");
}

#[test]
fn a_name_that_could_not_be_written_anywhere_is_no_documents() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let long = format!("{}.md", "n".repeat(252));
    for name in [
        "a\nb.md",
        "c\rd.md",
        "e\u{1B}[2J.md",
        "f\tg.md",
        "h\u{202E}dm.i.md",
        "j\u{200B}k.md",
        "l\u{7F}.md",
        "m\\n.md",
        &long,
    ] {
        write(root, name, "text");
    }
    for fine in ["⚠️ careful.md", "می\u{200C}خواهم.md", "naïve — plan.md"] {
        write(root, fine, "text");
    }
    write(root, "fold\u{9B}er/page.md", "text");
    fs::write(root.join(std::ffi::OsStr::from_bytes(b"\xC0\xAE.md")), "text").unwrap();
    let source = source(root);
    let listing = source.list();
    let mut expected = [long.as_str(), "naïve — plan.md", "می\u{200C}خواهم.md", "⚠️ careful.md"];
    expected.sort_unstable();
    assert_eq!(paths(&listing), expected);
    assert_eq!(listing.skipped.len(), 10, "{:?}", listing.skipped);
    let selected = source.select(["a\nb.md", "e\u{1B}.md", "plain.md"].into_iter());
    assert_eq!(selected, [SourcePath::new("plain.md")], "of a revision as well");
}

#[test]
fn a_hard_link_is_the_file_itself() {
    // Who may make one has the file already; nothing tells it from any other name of the file.
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir_in(folder.path()).unwrap();
    write(outside.path(), "page.md", "text");
    let root = folder.path().join("root");
    fs::create_dir(&root).unwrap();
    fs::hard_link(outside.path().join("page.md"), root.join("linked.md")).unwrap();
    assert_eq!(source(&root).read(&SourcePath::new("linked.md")).unwrap().bytes, b"text");
}

#[test]
fn no_path_leads_out_of_the_folder_or_into_what_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let top = folder.path();
    for path in
        ["secret.md", "root/.git/x.md", "root/.hidden.md", "root/node_modules/x.md", "root/target/x.md", "root/a/b.md"]
    {
        write(top, path, "secret");
    }
    let source = source(&top.join("root"));
    let absolute = top.join("secret.md").display().to_string();
    for path in [
        "../secret.md",
        "a/../../secret.md",
        "./a/b.md",
        "a/./b.md",
        "a//b.md",
        "/a/b.md",
        "a/b.md/",
        &absolute,
        "a\\b.md",
        "a/b.md\0",
        "..%2fsecret.md",
        "%2e%2e/secret.md",
        ".git/x.md",
        ".hidden.md",
        "node_modules/x.md",
        "target/x.md",
        "",
        ".",
        "..",
        "/",
    ] {
        assert!(source.read(&SourcePath::new(path)).is_err(), "{path:?} was read");
    }
    assert!(source.read(&SourcePath::new("a/b.md")).is_ok());
}
