//! The stylesheet's colours: what is read stands out from what is behind it.

use std::collections::HashMap;

/// The colours of a block of the stylesheet, by name, over those before it.
fn colours(block: &str, mut colours: HashMap<String, [f64; 3]>) -> HashMap<String, [f64; 3]> {
    for (name, value) in block.split(';').filter_map(|line| line.trim().strip_prefix("--")?.split_once(": #")) {
        let part = |at: usize| u8::from_str_radix(value.get(at..at + 2)?, 16).ok().map(f64::from);
        if let (Some(red), Some(green), Some(blue)) = (part(0), part(2), part(4)) {
            colours.insert(name.to_owned(), [red, green, blue]);
        }
    }
    colours
}

/// How much two colours differ in light, 1 to 21 (WCAG 2.2, contrast ratio).
fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let light = |colour: [f64; 3]| {
        let [red, green, blue] = colour.map(|part| {
            let part = part / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05
    };
    let (one, other) = (light(one), light(other));
    one.max(other) / one.min(other)
}

#[test]
fn code_and_callouts_are_read_in_light_and_dark() {
    let style = include_str!("style.css");
    let mut blocks = style.split(":root {").skip(1).map(|block| block.split('}').next().unwrap());
    let light = colours(blocks.next().unwrap(), HashMap::new());
    let dark = colours(blocks.next().unwrap(), light.clone());
    assert_ne!(light["ink"], dark["ink"]);
    for (scheme, colours) in [("light", light), ("dark", dark)] {
        for behind in ["paper", "raised"] {
            for read in ["ink", "quiet", "link", "accent", "note", "tip", "important", "warning", "caution"] {
                let contrast = contrast(colours[read], colours[behind]);
                assert!(contrast >= 4.5, "{scheme}: --{read} on --{behind}: {contrast:.2}");
            }
        }
        for behind in ["new", "old"] {
            let contrast = contrast(colours["ink"], colours[behind]);
            assert!(contrast >= 4.5, "{scheme}: --ink on --{behind}: {contrast:.2}");
        }
    }
}
