//! Clocks and counters of processes (Linux: `/proc`), medians and percentiles.

use std::process::{Command, Stdio};
use std::time::Duration;

/// One tick of `/proc/PID/stat`; Linux has 100 a second on every system Cairn is built for.
const TICK: Duration = Duration::from_millis(10);

/// The processor time a process has used, all threads together.
pub(crate) fn cpu_of(pid: u32) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let after_name = stat.rsplit_once(')').unwrap().1;
    // utime and stime are fields 14 and 15; `after_name` begins with field 3.
    let ticks: u32 = after_name.split_whitespace().skip(11).take(2).map(|field| field.parse::<u32>().unwrap()).sum();
    TICK * ticks
}

/// The processor time this process has used.
pub(crate) fn cpu() -> Duration {
    cpu_of(std::process::id())
}

/// Resident memory of this process in MB: all of it, and what is not backed by a file.
pub(crate) fn memory_mb() -> (f64, f64) {
    memory_mb_of(std::process::id())
}

/// The same of another process.
pub(crate) fn memory_mb_of(pid: u32) -> (f64, f64) {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1024.0
    };
    (field("VmRSS:"), field("RssAnon:"))
}

/// The middle value.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    percentile(values, 50)
}

/// The value that `percent` of all values do not exceed.
pub(crate) fn percentile(values: &mut [f64], percent: usize) -> f64 {
    assert!(!values.is_empty(), "nothing was measured");
    values.sort_by(f64::total_cmp);
    values[(values.len() * percent).div_ceil(100).max(1) - 1]
}

/// Runs this bench again as a process of its own and gives the numbers it prints: memory and time of one thing only.
pub(crate) fn alone(arguments: &[&str]) -> Vec<f64> {
    let itself = std::env::current_exe().unwrap();
    let output = Command::new(itself).args(arguments).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{arguments:?} failed");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().last().unwrap().split_whitespace().map(|number| number.parse().unwrap()).collect()
}

/// A number from the environment, for trials of another size.
pub(crate) fn setting(name: &str, default: usize) -> usize {
    std::env::var_os(name).map_or(default, |text| text.to_str().unwrap().parse().unwrap())
}

/// Prints a figure beside its yardstick and says whether it is where it has to be.
pub(crate) fn line(what: &str, figure: &str, yardstick: &str, within: bool) {
    println!("{what:<44} {figure:<26} {yardstick:<40} {}", if within { "good" } else { "MISSED" });
}

/// Whether every bound of a bench holds so far.
pub(crate) struct Bounds(bool);

impl Bounds {
    pub(crate) fn new() -> Self {
        Self(true)
    }

    /// Prints a figure beside its yardstick, and takes note of whether it is where it has to be.
    pub(crate) fn line(&mut self, what: &str, figure: &str, yardstick: &str, within: bool) {
        self.0 &= within;
        line(what, figure, yardstick, within);
    }

    pub(crate) fn hold(&self) -> bool {
        self.0
    }
}
