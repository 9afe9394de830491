//! Tests of reading an index, written byte by byte in each of its versions.

use proptest::prelude::*;

use super::*;

/// Path, mode, blob, flags beside the length, further flags.
type Entry<'a> = (&'a str, u32, [u8; 20], u32, Option<u32>);

/// An index with these entries.
fn index(version: u32, files: &[Entry<'_>], extension: Option<&[u8; 4]>) -> Vec<u8> {
    let mut bytes = b"DIRC".to_vec();
    let number = |bytes: &mut Vec<u8>, value: u32, count: usize| {
        bytes.extend_from_slice(&value.to_be_bytes()[4 - count..]);
    };
    number(&mut bytes, version, 4);
    number(&mut bytes, u32::try_from(files.len()).unwrap(), 4);
    let mut last = String::new();
    for (path, mode, blob, flags, further) in files {
        let start = bytes.len();
        bytes.extend_from_slice(&[0; 24]);
        number(&mut bytes, *mode, 4);
        bytes.extend_from_slice(&[0; 12]);
        bytes.extend_from_slice(blob);
        let extended = if further.is_some() { 0x4000 } else { 0 };
        number(&mut bytes, flags | extended | u32::try_from(path.len()).unwrap().min(0xfff), 2);
        if let Some(further) = further {
            number(&mut bytes, *further, 2);
        }
        if version == 4 {
            let shared = last.bytes().zip(path.bytes()).take_while(|(a, b)| a == b).count();
            number(&mut bytes, u32::try_from(last.len() - shared).unwrap(), 1);
            bytes.extend_from_slice(&path.as_bytes()[shared..]);
            bytes.push(0);
        } else {
            bytes.extend_from_slice(path.as_bytes());
            bytes.push(0);
            while !(bytes.len() - start).is_multiple_of(8) {
                bytes.push(0);
            }
        }
        (*path).clone_into(&mut last);
    }
    if let Some(name) = extension {
        bytes.extend_from_slice(name);
        number(&mut bytes, 3, 4);
        bytes.extend_from_slice(b"abc");
    }
    bytes.extend_from_slice(&[0; 20]);
    bytes
}

const FILE: u32 = 0o100_644;

#[test]
fn the_regular_files_of_every_version_are_read() {
    for version in [2, 3, 4] {
        let further = (version > 2).then_some(0x2000);
        let files = [
            ("corpus/a.md", FILE, [1; 20], 0, None),
            ("corpus/a/deeper.md", 0o100_755, [2; 20], 0, None),
            ("corpus/conflict.md", FILE, [3; 20], 0x2000, None),
            ("corpus/link.md", 0o120_000, [4; 20], 0, None),
            ("corpus/meant.md", FILE, [5; 20], if version == 2 { 0x1000 } else { 0 }, further),
            ("module", 0o160_000, [6; 20], 0, None),
            ("z.md", FILE, [7; 20], 0, None),
        ];
        let found = entries(&index(version, &files, Some(b"TREE"))).unwrap();
        let found: Vec<(&str, u8)> = found.iter().map(|(path, blob)| (path.as_str(), blob.as_slice()[0])).collect();
        assert_eq!(found, [("corpus/a.md", 1), ("corpus/a/deeper.md", 2), ("z.md", 7)], "version {version}");
    }
}

#[test]
fn an_index_that_cannot_be_read_says_why() {
    let files = [("a.md", FILE, [1; 20], 0, None)];
    let whole = index(2, &files, None);
    assert!(entries(&index(2, &files, Some(b"link"))).unwrap_err().contains("split"));
    assert!(entries(&index(5, &files, None)).unwrap_err().contains("version"));
    assert!(entries(b"not an index at all, is it").unwrap_err().contains("no index"));
    for end in 0..whole.len() - 8 {
        assert!(entries(&whole[..end]).is_err(), "cut at {end}");
    }
}

proptest! {
    #[test]
    fn no_bytes_bring_it_down(version in 2_u32..5, mut bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let mut head = b"DIRC".to_vec();
        head.extend_from_slice(&version.to_be_bytes());
        head.append(&mut bytes);
        let _read = entries(&head).is_ok();
    }
}
