//! Playbooks as skills (SEP-2640): listed with the digests of their files, and read as resources.

use rmcp::ErrorData;
use rmcp::model::{
    CacheScope, GetSkillResult, ListSkillsResult, MetaObject, ReadResourceResult, ResourceContents, Skill,
    SkillFrontmatter, SkillResource, SkillResources,
};
use serde_json::json;

use crate::library::{self, Verbs};
use crate::retrieval::Cursor;

use super::get_document::decoded;
use super::refusal::{failed, missing_resource};
use super::resources::MARKDOWN;

const SCHEME: &str = "skill://";
const SKILL_MD: &str = "SKILL.md";

/// One page of the skills the caller may see.
pub(super) async fn list(reader: &dyn Verbs, cursor: Option<String>) -> Result<ListSkillsResult, ErrorData> {
    let place = cursor.as_deref().map(Cursor::parse).transpose().map_err(|error| failed(&error.into()))?;
    let listed = reader.skills(place).await.map_err(|error| failed(&error))?;
    let skills = listed.skills.into_iter().map(described).collect();
    let mut result = ListSkillsResult::with_all_items(skills).with_ttl_ms(0).with_cache_scope(CacheScope::Private);
    result.next_cursor = listed.next.map(|cursor| cursor.to_string());
    Ok(result)
}

/// The skill whose `SKILL.md` has this address.
pub(super) async fn get(reader: &dyn Verbs, uri: &str) -> Result<GetSkillResult, ErrorData> {
    let missing = || ErrorData::invalid_params("no such skill; skills/list has those there are", None);
    let (name, path) = parts(uri).ok_or_else(missing)?;
    if path != SKILL_MD {
        return Err(missing());
    }
    let skill = reader.skill(name.to_owned()).await.map_err(|error| failed(&error))?.ok_or_else(missing)?;
    Ok(GetSkillResult::new(described(skill)).with_ttl_ms(0).with_cache_scope(CacheScope::Private))
}

/// Whether an address is one of a skill's file.
pub(super) fn is_one(uri: &str) -> bool {
    uri.starts_with(SCHEME)
}

/// A file of a skill, whole: its digest is checked by who loads it.
pub(super) async fn read(reader: &dyn Verbs, uri: &str) -> Result<ReadResourceResult, ErrorData> {
    let (name, path) = parts(uri).ok_or_else(|| missing_resource(uri))?;
    let path = decoded(path).unwrap_or_else(|| path.to_owned());
    let read = reader.skill_text(name.to_owned(), path).await.map_err(|error| failed(&error))?;
    let file = read.ok_or_else(|| missing_resource(uri))?;
    let mut meta = MetaObject::new();
    meta.insert("cairn/retrieval_id".to_owned(), json!(file.retrieval));
    if !file.recorded {
        meta.insert("cairn/recorded".to_owned(), json!(false));
    }
    let contents = ResourceContents::text(file.text, uri).with_mime_type(MARKDOWN).with_meta(meta);
    Ok(ReadResourceResult::new(vec![contents]).with_ttl_ms(0).with_cache_scope(CacheScope::Private))
}

/// The name of a skill and the path of a file in it.
fn parts(uri: &str) -> Option<(&str, &str)> {
    uri.strip_prefix(SCHEME)?.split_once('/')
}

fn described(skill: library::Skill) -> Skill {
    let library::Skill { name, description, files } = skill;
    let address = |path: &str| format!("{SCHEME}{name}/{}", encoded(path));
    let files =
        files.iter().map(|file| SkillResource::new(address(&file.path), format!("sha256:{}", file.sha256), file.bytes));
    let files = SkillResources::Files(files.collect());
    Skill::new(address(SKILL_MD), SkillFrontmatter::new(name.clone(), description), files)
}

/// Percent-encodes what an address can't hold as it is (RFC 3986, section 2.3).
pub(super) fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{decoded, encoded, parts};

    #[test]
    fn an_address_names_a_skill_and_a_file_and_holds_any_path() {
        assert_eq!(parts("skill://release/refs/a.md"), Some(("release", "refs/a.md")));
        assert_eq!(parts("skill://release"), None);
        assert_eq!(parts("cairn://playbook/a"), None);
        assert_eq!(encoded("refs/on call ü.md"), "refs/on%20call%20%C3%BC.md");
        assert_eq!(decoded(&encoded("refs/on call ü.md")).as_deref(), Some("refs/on call ü.md"));
    }
}
