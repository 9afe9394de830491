//! `cairn hook install`: a pre-commit hook that refuses what would make a secret or a leak public.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::history::Repository;

use super::config::{self, Settings};
use super::error::{CliError, Outcome};
use super::flags::{HookArguments, HookCommand, Place};
use super::output;

/// By this line a hook is known as ours, and may be written anew.
const MARK: &str = "# Put here by `cairn hook install`.";

pub(super) fn run(place: &Place, arguments: &HookArguments, json: bool) -> anyhow::Result<Outcome> {
    let HookCommand::Install { force, strict } = arguments.command;
    let settings = Settings::read(place)?;
    let repository =
        Repository::discover(&settings.root)?.ok_or_else(|| CliError::NoRepository { root: settings.root.clone() })?;
    let (personal, home) = config::git_configurations();
    let folder = repository.hooks_folder(&personal, home.as_deref());
    let hook = folder.join("pre-commit");
    let kept = make_way(&hook, force)?;
    let failed = |source| CliError::Hook { path: hook.clone(), source };
    fs::create_dir_all(&folder).map_err(failed)?;
    // Written beside its place and renamed over it: git never runs half a hook.
    let beside = folder.join("pre-commit.new");
    fs::write(&beside, script(&settings, repository.prefix(), strict)).map_err(failed)?;
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o755)).map_err(failed)?;
    fs::rename(&beside, &hook).map_err(failed)?;
    if json {
        output::json(&serde_json::json!({ "hook": hook, "kept": kept }))?;
    } else {
        let kept = kept.map(|kept| format!("the hook that was there is kept as {}\n", kept.display()));
        let rule = if strict { "any warning" } else { "a secret or a leak" };
        let text = format!(
            "{}: refuses a commit that brings {rule} into a public folder; git commit --no-verify passes by\n{}",
            hook.display(),
            kept.unwrap_or_default()
        );
        output::text(&text)?;
    }
    Ok(Outcome::Done)
}

/// Somebody else's hook stays, unless it is to be put aside.
fn make_way(hook: &Path, force: bool) -> Result<Option<PathBuf>, CliError> {
    let failed = |source| CliError::Hook { path: hook.to_owned(), source };
    let there = match fs::read(hook) {
        Ok(there) => there,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(failed(source)),
    };
    if String::from_utf8_lossy(&there).contains(MARK) {
        return Ok(None);
    }
    if !force {
        return Err(CliError::OtherHook { path: hook.to_owned() });
    }
    let kept = hook.with_extension("before-cairn");
    fs::rename(hook, &kept).map_err(failed)?;
    Ok(Some(kept))
}

/// The hook: git runs it at the top of the checkout.
fn script(settings: &Settings, prefix: &str, strict: bool) -> String {
    let root = if prefix.is_empty() { "." } else { prefix };
    let mut arguments = vec!["check".to_owned(), "--staged".to_owned(), "--root".to_owned(), root.to_owned()];
    arguments.extend(settings.folder_arguments());
    let arguments: Vec<String> = arguments.iter().map(|argument| quoted(argument)).collect();
    let binary = config::binary().map_or_else(|| "cairn".to_owned(), |path| path.display().to_string());
    let passes = if strict { "0" } else { "0|1" };
    format!(
        "#!/bin/sh\n{MARK}\n# Exit codes of cairn check: 0 clean, 1 findings, 2 an error, 8 a secret or a leak.\n\
         cairn=$(command -v cairn) || cairn={}\n\"$cairn\" {}\ncode=$?\ncase $code in\n  {passes}) exit 0 ;;\nesac\n\
         echo \"cairn: nothing is committed (exit code $code)\" >&2\nexit $code\n",
        quoted(&binary),
        arguments.join(" ")
    )
}

/// An argument as a shell takes it for one.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
