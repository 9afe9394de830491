//! Tests of images: what is one, and which file is read.

use std::fs;
use std::os::unix::fs::symlink;

use super::*;
use crate::access::{CollectionName, Visibility};

const PNG: &[u8] = b"\x89PNG\r\n\x1A\n and so on";

#[test]
fn the_bytes_say_what_an_image_is() {
    use ImageType::{Avif, Gif, Jpeg, Png, Svg, Webp};
    let cases: [(&[u8], Option<ImageType>); 19] = [
        (PNG, Some(Png)),
        (b"\xFF\xD8\xFF\xE0..JFIF", Some(Jpeg)),
        (b"GIF89a...", Some(Gif)),
        (b"RIFF\x10\0\0\0WEBPVP8 ", Some(Webp)),
        (b"\0\0\0\x20ftypavif....", Some(Avif)),
        (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", Some(Svg)),
        (b"\xEF\xBB\xBF<?xml version=\"1.0\"?>\n<!-- by us -->\n<!DOCTYPE svg PUBLIC \"a\" \"b\">\n<svg>", Some(Svg)),
        (b"<!DOCTYPE svg [<!ENTITY a \"b\">]><svg>", None),
        (b"<html><svg>", None),
        (b"<svgx>", None),
        (b"<!DOCTYPE html><script>", None),
        (b"<?xml", None),
        (b"# Markdown", None),
        (b"%PDF-1.7", None),
        (b"\0\0\0\x20ftypisom", None),
        (b"RIFF\x10\0\0\0WAVE", None),
        (b"\xFF\xFE<\0s\0v\0g\0", None),
        (b"PNG", None),
        (b"", None),
    ];
    for (bytes, expected) in cases {
        assert_eq!(ImageType::of(bytes), expected, "{:?}", String::from_utf8_lossy(bytes));
    }
    let long = format!("<?xml version=\"1.0\"?><svg>{}", "é".repeat(4_000));
    assert_eq!(ImageType::of(long.as_bytes()), Some(Svg), "a cut character is no fault");
    for (name, expected) in [
        ("a/b.PNG", true),
        ("b.jpeg", true),
        ("b.svg", true),
        (".png", false),
        ("png", false),
        ("a.svg/b", false),
        ("a.md", false),
    ] {
        assert_eq!(ImageType::is_name(name), expected, "{name}");
    }
}

#[test]
fn an_image_is_read_from_inside_the_folder_and_only_when_it_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for inside in ["deep", "drafts", ".hidden", "node_modules"] {
        fs::create_dir(root.join(inside)).unwrap();
        fs::write(root.join(inside).join("a.png"), PNG).unwrap();
    }
    fs::write(outside.path().join("secret.png"), PNG).unwrap();
    symlink(outside.path().join("secret.png"), root.join("link.png")).unwrap();
    symlink(outside.path(), root.join("way")).unwrap();
    for (name, bytes) in [
        ("text.png", &b"not an image"[..]),
        ("svg.png", b"<svg/>"),
        ("png.svg", PNG),
        ("vector.svg", b"<svg/>"),
        ("jpeg.png", b"\xFF\xD8\xFF"),
        ("page.md", PNG),
        ("turn\u{202E}gnp.png", PNG),
    ] {
        fs::write(root.join(name), bytes).unwrap();
    }
    let long = fs::File::create(root.join("long.png")).unwrap();
    long.set_len(10 << 30).unwrap();
    let mut source = Source::new(CollectionName::parse("playbook").unwrap(), root.clone(), Visibility::Public);
    source.exclude = vec!["drafts/**".to_owned()];
    let read = |path: &str| source.read_image(&SourcePath::new(path)).map(|(kind, _)| kind);
    for (path, expected) in [
        ("deep/a.png", ImageType::Png),
        ("vector.svg", ImageType::Svg),
        // What it is called among pictures matters to nobody.
        ("jpeg.png", ImageType::Jpeg),
    ] {
        assert_eq!(read(path), Ok(expected), "{path}");
        assert_eq!(source.look_at_image(&SourcePath::new(path)), Ok(expected), "{path}");
    }
    for path in [
        "text.png",
        "svg.png",
        "png.svg",
        "page.md",
        "long.png",
        "link.png",
        "way/secret.png",
        "deep",
        "gone.png",
        "drafts/a.png",
        ".hidden/a.png",
        "node_modules/a.png",
        "turn\u{202E}gnp.png",
        "../a.png",
        "deep/../deep/a.png",
        "/etc/a.png",
        "deep//a.png",
        "deep\\a.png",
        "deep/a.png\0",
        "",
    ] {
        assert!(read(path).is_err(), "{path:?} was read");
        assert!(source.look_at_image(&SourcePath::new(path)).is_err(), "{path:?}");
    }
}
