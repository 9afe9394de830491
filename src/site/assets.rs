//! What pages load: one stylesheet and one icon, compiled in.
//!
//! The stylesheet's name has a digest of its bytes in it, so that it may be kept for ever.

use std::sync::LazyLock;

use crate::corpus::Digest;

/// A file that pages load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// Its media type.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: &'static [u8],
    /// Whether its address changes when its bytes do.
    pub immutable: bool,
}

const STYLE: Asset =
    Asset { media_type: "text/css; charset=utf-8", bytes: include_bytes!("style.css"), immutable: true };

const ICON: Asset = Asset { media_type: "image/svg+xml", bytes: include_bytes!("favicon.svg"), immutable: false };

/// The icon's address.
pub(super) const ICON_ADDRESS: &str = "/assets/favicon.svg";

static STYLE_ADDRESS: LazyLock<String> = LazyLock::new(|| {
    let digest = Digest::of(STYLE.bytes).to_string();
    format!("/assets/style.{}.css", digest.get(..16).unwrap_or(&digest))
});

/// The stylesheet's address.
pub(super) fn style_address() -> &'static str {
    &STYLE_ADDRESS
}

/// Finds the asset at a path such as `/assets/favicon.svg`.
pub(super) fn find(path: &str) -> Option<Asset> {
    if path == style_address() {
        Some(STYLE)
    } else if path == ICON_ADDRESS || path == "/favicon.ico" || path == "/favicon.svg" {
        Some(ICON)
    } else {
        None
    }
}
