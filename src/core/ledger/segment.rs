//! The files of a ledger: their names, in which order they come, and how a new one is begun.

use std::io;
use std::path::{Path, PathBuf};

use super::chain;
use super::checkpoint::Stand;
use super::disk::{Disk, DiskFile, write_all};
use super::error::Fault;

/// Where segment `number` stands.
pub(super) fn path(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:06}.jsonl"))
}

/// The numbers of all segments, ascending. Other files are none of the ledger's business.
pub(super) fn numbers(folder: &Path) -> io::Result<Vec<u64>> {
    let mut numbers = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".jsonl")).and_then(number);
        numbers.extend(number);
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn number(stem: &str) -> Option<u64> {
    let number: u64 = stem.bytes().all(|byte| byte.is_ascii_digit()).then(|| stem.parse().ok())??;
    // `1.jsonl` is not `000001.jsonl`: one number has one name.
    (format!("{number:06}") == stem).then_some(number)
}

/// Makes segment `number` with `header` as its first line, so that it is there whole or not at all.
pub(super) fn begin(disk: &dyn Disk, folder: &Path, number: u64, header: &[u8]) -> Result<Box<dyn DiskFile>, Fault> {
    let place = path(folder, number);
    let aside = folder.join(format!("{number:06}.jsonl.new"));
    let mut file = disk.create(&aside).map_err(Fault::of(&aside, "made"))?;
    write_all(file.as_mut(), header).map_err(Fault::of(&aside, "written"))?;
    file.sync().map_err(Fault::of(&aside, "synced"))?;
    disk.rename(&aside, &place).map_err(Fault::of(&place, "renamed"))?;
    disk.sync_folder(folder).map_err(Fault::of(folder, "synced"))?;
    Ok(file)
}

/// Adds a line to `lines`, with its seal and its line feed, and to where the ledger stands: the envelope around `body`,
/// which is a JSON object.
pub(super) fn write_line(
    lines: &mut Vec<u8>,
    (seq, ts, boot, kind): (u64, &str, &str, &str),
    body: &[u8],
    stand: &mut Stand,
) {
    let from = lines.len();
    chain::begin(lines, seq);
    // The four are digits, a date, hexadecimal digits and a word of ours: none needs escaping.
    for (key, value) in [("ts", ts), ("boot", boot), ("kind", kind)] {
        for part in [",\"", key, "\":\"", value, "\""] {
            lines.extend_from_slice(part.as_bytes());
        }
    }
    let fields = body.strip_prefix(b"{").and_then(|body| body.strip_suffix(b"}")).unwrap_or_default();
    if !fields.is_empty() {
        lines.push(b',');
        lines.extend_from_slice(fields);
    }
    stand.head = chain::seal(lines, from, stand.head);
    let line = lines.get(from..).and_then(|line| line.strip_suffix(b"\n")).unwrap_or_default();
    stand.frontier.push(line);
}
