//! Images that documents show: which files may be one, and of what kind the bytes are.
//!
//! A name says whether to look, the bytes say what is there, and both have to agree on SVG, which is a program as much
//! as a picture. Files are reached as documents are: folder by folder, following no link.

use super::source::name_fault;
use super::{Skipped, Source, SourcePath};

/// The longest image that is read, in bytes.
pub const IMAGE_LIMIT_BYTES: u64 = 10 * 1024 * 1024;

/// How much of an image is read to know what it is.
const HEAD_BYTES: u64 = 4_096;

/// A kind of image that browsers show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImageType {
    /// Portable Network Graphics (RFC 2083).
    Png,
    /// JPEG (ITU T.81).
    Jpeg,
    /// Graphics Interchange Format, of 1987 and of 1989.
    Gif,
    /// `WebP` (RFC 9649).
    Webp,
    /// AVIF, one picture or several (AV1 Image File Format, on ISO/IEC 23008-12).
    Avif,
    /// Scalable Vector Graphics, as UTF-8.
    Svg,
}

impl ImageType {
    /// Whether a file of this name may be an image.
    #[must_use]
    pub fn is_name(path: &str) -> bool {
        const EXTENSIONS: [&str; 7] = ["png", "jpg", "jpeg", "gif", "webp", "avif", "svg"];
        let name = path.rsplit('/').next().unwrap_or(path);
        name.rsplit_once('.').is_some_and(|(stem, extension)| {
            !stem.is_empty() && EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known))
        })
    }

    /// Says what the bytes are, by how they begin.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let at = |start: usize, sign: &[u8]| bytes.get(start..).is_some_and(|rest| rest.starts_with(sign));
        if at(0, b"\x89PNG\r\n\x1A\n") {
            Some(Self::Png)
        } else if at(0, b"\xFF\xD8\xFF") {
            Some(Self::Jpeg)
        } else if at(0, b"GIF87a") || at(0, b"GIF89a") {
            Some(Self::Gif)
        } else if at(0, b"RIFF") && at(8, b"WEBP") {
            Some(Self::Webp)
        } else if at(4, b"ftyp") && (at(8, b"avif") || at(8, b"avis")) {
            Some(Self::Avif)
        } else {
            is_svg(bytes).then_some(Self::Svg)
        }
    }

    /// The media type it is served with.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Avif => "image/avif",
            Self::Svg => "image/svg+xml",
        }
    }
}

impl Source {
    /// Reads an image.
    ///
    /// # Errors
    /// Returns the reason when there is none, or something that is not one, or is too long, or is reached through a link.
    pub fn read_image(&self, path: &SourcePath) -> Result<(ImageType, Vec<u8>), Skipped> {
        self.image(path, u64::MAX)
    }

    /// Says what kind of image a file is, reading its beginning only.
    ///
    /// # Errors
    /// As [`Source::read_image`].
    pub fn look_at_image(&self, path: &SourcePath) -> Result<ImageType, Skipped> {
        self.image(path, HEAD_BYTES).map(|(kind, _)| kind)
    }

    fn image(&self, path: &SourcePath, wanted: u64) -> Result<(ImageType, Vec<u8>), Skipped> {
        let skipped = |reason: &str| Skipped { path: path.to_string(), reason: reason.to_owned(), passing: false };
        let name = path.as_str();
        if !ImageType::is_name(name) {
            return Err(skipped("not a png, jpg, gif, webp, avif or svg file"));
        }
        if let Some(fault) = name_fault(name) {
            return Err(skipped(fault));
        }
        // A folder that is left out is so for its images as well.
        let folders = name.match_indices('/').map(|(at, _)| name.get(..at).unwrap_or_default());
        if folders.chain([name]).any(|part| self.excludes(part)) {
            return Err(skipped("left out by `exclude`"));
        }
        let (bytes, _) = self.bytes(path, IMAGE_LIMIT_BYTES, wanted)?;
        let is_named_svg = name.to_ascii_lowercase().ends_with(".svg");
        match ImageType::of(&bytes) {
            Some(kind) if (kind == ImageType::Svg) == is_named_svg => Ok((kind, bytes)),
            _ => Err(skipped("its bytes are not those of an image of that name")),
        }
    }
}

/// Whether a text begins with an `svg` element, behind what XML allows before it. Declared entities are not allowed:
/// they are how a small file becomes a large one.
fn is_svg(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(4_096)).unwrap_or_default();
    // A character may be cut in two at the end.
    let head = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(cut) if cut.error_len().is_none() => {
            head.get(..cut.valid_up_to()).and_then(|head| std::str::from_utf8(head).ok()).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let mut rest = head.strip_prefix('\u{FEFF}').unwrap_or(head).trim_start();
    loop {
        let behind = |mark: &str, end: &str| rest.strip_prefix(mark).and_then(|inside| inside.split_once(end));
        let passed = if let Some((_, after)) = behind("<?", "?>").or_else(|| behind("<!--", "-->")) {
            after
        } else if let Some((inside, after)) = behind("<!DOCTYPE", ">") {
            if inside.contains('[') {
                return false;
            }
            after
        } else {
            let name = rest.strip_prefix("<svg");
            return name.is_some_and(|after| after.starts_with([' ', '\t', '\n', '\r', '>', '/']));
        };
        rest = passed.trim_start();
    }
}

#[cfg(test)]
#[path = "image_tests.rs"]
mod tests;
