//! `cairn hook install`: hooks that refuse what would make a secret or a leak public, and a mistake that is called mended
//! without a judged question that shows it.

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

/// A hook, and what it lets Cairn look at.
struct Hook {
    name: &'static str,
    /// What it has to say to `cairn check`; `$1` is git's first argument.
    check: &'static str,
    /// Exit codes with which the commit goes on.
    passes: &'static str,
}

pub(super) fn run(place: &Place, arguments: &HookArguments, json: bool) -> anyhow::Result<Outcome> {
    let HookCommand::Install { force, strict } = arguments.command;
    let settings = Settings::read(place)?;
    let repository =
        Repository::discover(&settings.root)?.ok_or_else(|| CliError::NoRepository { root: settings.root.clone() })?;
    let (personal, home) = config::git_configurations();
    let folder = repository.hooks_folder(&personal, home.as_deref());
    let hooks = [
        Hook { name: "pre-commit", check: "--staged", passes: if strict { "0" } else { "0|1" } },
        Hook { name: "commit-msg", check: "--message \"$1\"", passes: "0" },
    ];
    let places = hooks.each_ref().map(|hook| folder.join(hook.name));
    // Nothing is written when one of them can't be.
    for (hook, place) in hooks.iter().zip(&places) {
        if !force && is_foreign(place)? {
            let arguments = if hook.name == "pre-commit" { "--staged" } else { "--message FILE" };
            return Err(CliError::OtherHook { path: place.clone(), arguments }.into());
        }
    }
    let mut kept = Vec::new();
    for (hook, place) in hooks.iter().zip(&places) {
        kept.push(put_aside(place)?);
        write(place, &script(&settings, repository.prefix(), hook))?;
    }
    if json {
        let [pre_commit, commit_msg] = &places;
        let (first, second) = (kept.first().cloned().flatten(), kept.get(1).cloned().flatten());
        let told = serde_json::json!({
            "hook": pre_commit, "kept": first, "message_hook": commit_msg, "message_kept": second,
        });
        output::json(&told)?;
        return Ok(Outcome::Done);
    }
    let rule = if strict { "any warning" } else { "a secret or a leak" };
    let [pre_commit, commit_msg] = places.map(|place| place.display().to_string());
    let mut text = format!("{pre_commit}: refuses a commit that brings {rule} into a public folder\n");
    text.push_str(&format!("{commit_msg}: refuses one that closes a mistake without a new judged question\n"));
    text.push_str("git commit --no-verify passes by both\n");
    for kept in kept.into_iter().flatten() {
        text.push_str(&format!("the hook that was there is kept as {}\n", kept.display()));
    }
    output::text(&text)?;
    Ok(Outcome::Done)
}

/// Whether somebody else's hook is there.
fn is_foreign(hook: &Path) -> Result<bool, CliError> {
    match fs::read(hook) {
        Ok(there) => Ok(!String::from_utf8_lossy(&there).contains(MARK)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(CliError::Hook { path: hook.to_owned(), source }),
    }
}

/// Somebody else's hook is kept beside its place.
fn put_aside(hook: &Path) -> Result<Option<PathBuf>, CliError> {
    if !is_foreign(hook)? {
        return Ok(None);
    }
    let kept = hook.with_extension("before-cairn");
    fs::rename(hook, &kept).map_err(|source| CliError::Hook { path: hook.to_owned(), source })?;
    Ok(Some(kept))
}

/// Written beside its place and renamed over it: git never runs half a hook.
fn write(hook: &Path, script: &str) -> Result<(), CliError> {
    let failed = |source| CliError::Hook { path: hook.to_owned(), source };
    fs::create_dir_all(hook.parent().unwrap_or(hook)).map_err(failed)?;
    let beside = hook.with_extension("new");
    fs::write(&beside, script).map_err(failed)?;
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o755)).map_err(failed)?;
    fs::rename(&beside, hook).map_err(failed)
}

/// The hook: git runs it at the top of the checkout.
fn script(settings: &Settings, prefix: &str, hook: &Hook) -> String {
    let root = if prefix.is_empty() { "." } else { prefix };
    let mut arguments = vec!["--root".to_owned(), root.to_owned()];
    arguments.extend(settings.data_arguments());
    arguments.extend(settings.folder_arguments());
    let arguments: Vec<String> = arguments.iter().map(|argument| quoted(argument)).collect();
    let binary = config::binary().map_or_else(|| "cairn".to_owned(), |path| path.display().to_string());
    let Hook { check, passes, .. } = hook;
    format!(
        "#!/bin/sh\n{MARK}\n# Exit codes of cairn check: 0 clean, 1 findings, 2 an error, 8 a secret or a leak.\n\
         cairn=$(command -v cairn) || cairn={}\n\"$cairn\" 'check' {check} {}\ncode=$?\ncase $code in\n  {passes}) exit 0 ;;\nesac\n\
         echo \"cairn: nothing is committed (exit code $code)\" >&2\nexit $code\n",
        quoted(&binary),
        arguments.join(" ")
    )
}

/// An argument as a shell takes it for one.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
