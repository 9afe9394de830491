//! What pages load: a stylesheet, an icon, a script for the search box and, for one private page, another, compiled in.
//!
//! The names of stylesheet and scripts have a digest of their bytes in them, so that they may be kept for ever.

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

const TAIL: Asset =
    Asset { media_type: "text/javascript; charset=utf-8", bytes: include_bytes!("tail.js"), immutable: true };

const FINDER: Asset =
    Asset { media_type: "text/javascript; charset=utf-8", bytes: include_bytes!("finder.js"), immutable: true };

const ICON: Asset = Asset { media_type: "image/svg+xml", bytes: include_bytes!("favicon.svg"), immutable: false };

/// The icon's address.
pub(super) const ICON_ADDRESS: &str = "/assets/favicon.svg";

static STYLE_ADDRESS: LazyLock<String> = LazyLock::new(|| named("style", STYLE.bytes, "css"));
static TAIL_ADDRESS: LazyLock<String> = LazyLock::new(|| named("tail", TAIL.bytes, "js"));

static FINDER_ADDRESS: LazyLock<String> = LazyLock::new(|| named("finder", FINDER.bytes, "js"));

fn named(stem: &str, bytes: &[u8], extension: &str) -> String {
    let digest = Digest::of(bytes).to_string();
    format!("/assets/{stem}.{}.{extension}", digest.get(..16).unwrap_or(&digest))
}

/// The stylesheet's address.
pub(super) fn style_address() -> &'static str {
    &STYLE_ADDRESS
}

/// The address of the script that puts rows into a table as a stream of events brings them.
#[must_use]
pub fn tail_script() -> &'static str {
    &TAIL_ADDRESS
}

/// The address of the script that finds pages while one types.
pub(super) fn finder_script() -> &'static str {
    &FINDER_ADDRESS
}

const PREVIEW: Asset =
    Asset { media_type: "text/javascript; charset=utf-8", bytes: include_bytes!("preview.js"), immutable: true };
const PREVIEW_STYLE: Asset =
    Asset { media_type: "text/css; charset=utf-8", bytes: include_bytes!("preview.css"), immutable: true };

static PREVIEW_ADDRESS: LazyLock<String> = LazyLock::new(|| named("preview", PREVIEW.bytes, "js"));
static PREVIEW_STYLE_ADDRESS: LazyLock<String> = LazyLock::new(|| named("preview", PREVIEW_STYLE.bytes, "css"));

/// The address of the script that draws a page anew while somebody writes it.
pub(super) fn preview_script() -> &'static str {
    &PREVIEW_ADDRESS
}

/// The address of the stylesheet of what a preview has beside the site.
pub(super) fn preview_style() -> &'static str {
    &PREVIEW_STYLE_ADDRESS
}

/// Finds the file at `path` that pages of a preview load, and no others.
#[must_use]
pub fn preview_asset(path: &str) -> Option<Asset> {
    let all = [(preview_script(), PREVIEW), (preview_style(), PREVIEW_STYLE)];
    all.into_iter().find(|(address, _)| *address == path).map(|(_, asset)| asset)
}

/// What every public page loads, with its address.
pub(super) fn of_public_pages() -> [(&'static str, Asset); 3] {
    [(style_address(), STYLE), (finder_script(), FINDER), (ICON_ADDRESS, ICON)]
}

/// Finds the asset at a path such as `/assets/favicon.svg`.
pub(super) fn find(path: &str) -> Option<Asset> {
    if path == style_address() {
        Some(STYLE)
    } else if path == tail_script() {
        Some(TAIL)
    } else if path == finder_script() {
        Some(FINDER)
    } else if path == ICON_ADDRESS || path == "/favicon.ico" || path == "/favicon.svg" {
        Some(ICON)
    } else {
        None
    }
}
