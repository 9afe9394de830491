//! How often somebody may ask, and how many connections they may hold: `[limits]` of `cairn.toml`, and flags of `serve`.

use clap::Args;
use serde::Deserialize;

use crate::http::Limits;

/// `[limits]` of `cairn.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FileLimits {
    token_rate: Option<u32>,
    anonymous_rate: Option<u32>,
    loopback_rate: Option<u32>,
    failure_rate: Option<u32>,
    peer_connections: Option<usize>,
}

/// The same on the command line.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Limits (also as [limits] in cairn.toml; 0 is none)")]
pub(super) struct LimitArguments {
    /// Requests a minute of one token [default: 1200]
    #[arg(long, value_name = "N")]
    pub(super) token_rate: Option<u32>,

    /// Requests a minute of one address without a token [default: 600]
    #[arg(long, value_name = "N")]
    pub(super) anonymous_rate: Option<u32>,

    /// Requests a minute of one token, or of all without one, from this machine [default: 60000]
    #[arg(long, value_name = "N")]
    pub(super) loopback_rate: Option<u32>,

    /// Refused tokens a minute of one address [default: 10]
    #[arg(long, value_name = "N")]
    pub(super) failure_rate: Option<u32>,

    /// Connections of one address at a time; eight times as many from this machine [default: 64]
    #[arg(long, value_name = "N")]
    pub(super) peer_connections: Option<usize>,
}

/// Flags win over the file.
pub(super) fn limits(flags: &LimitArguments, file: &FileLimits) -> Limits {
    let built_in = Limits::default();
    Limits {
        token_rate: flags.token_rate.or(file.token_rate).unwrap_or(built_in.token_rate),
        anonymous_rate: flags.anonymous_rate.or(file.anonymous_rate).unwrap_or(built_in.anonymous_rate),
        loopback_rate: flags.loopback_rate.or(file.loopback_rate).unwrap_or(built_in.loopback_rate),
        failure_rate: flags.failure_rate.or(file.failure_rate).unwrap_or(built_in.failure_rate),
        peer_connections: flags.peer_connections.or(file.peer_connections).unwrap_or(built_in.peer_connections),
        ..built_in
    }
}

#[cfg(test)]
mod tests {
    use super::{FileLimits, LimitArguments, limits};
    use crate::http::Limits;

    #[test]
    fn flags_win_over_the_file_and_the_file_over_what_is_built_in() {
        let file: FileLimits = toml::from_str("token_rate = 5\nanonymous_rate = 0").unwrap();
        let flags = LimitArguments { token_rate: Some(7), ..LimitArguments::default() };
        let wanted = Limits { token_rate: 7, anonymous_rate: 0, ..Limits::default() };
        assert_eq!(limits(&flags, &file), wanted);
        assert!(toml::from_str::<FileLimits>("requests = 5").is_err());
    }

    #[test]
    fn the_help_tells_the_numbers_that_are_built_in() {
        use clap::Args as _;
        let help = LimitArguments::augment_args(clap::Command::new("x")).render_long_help().to_string();
        let Limits { token_rate, anonymous_rate, loopback_rate, failure_rate, peer_connections, .. } =
            Limits::default();
        for number in [token_rate, anonymous_rate, loopback_rate, failure_rate] {
            assert!(help.contains(&format!("[default: {number}]")), "{number}\n{help}");
        }
        assert!(help.contains(&format!("[default: {peer_connections}]")), "{help}");
    }
}
