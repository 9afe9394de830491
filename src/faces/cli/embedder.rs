//! Which model embeds texts: `--embedder`, `[embedder]` in `cairn.toml`, else the built-in one.
//!
//! A key comes from the environment alone. A file that holds one is refused, since it lacks a field to put it in.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use crate::access::CollectionName;
use crate::embed::{Embedder, Endpoint, EndpointOptions, Patience, Secret, StaticModel};
use crate::engine::EmbeddedEngine;
use crate::ledger::{Randomness as _, SystemRandomness};

use super::error::CliError;

/// What `--embedder` calls the model that is compiled in.
const BUILT_IN: &str = "built-in";

/// `[embedder]` of `cairn.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FileEmbedder {
    /// The folder of a sentence model.
    folder: Option<PathBuf>,
    /// An OpenAI-compatible endpoint.
    url: Option<String>,
    /// The endpoint's model.
    model: Option<String>,
    /// The variable that holds the endpoint's key.
    key_env: Option<String>,
    /// How long the endpoint's vectors should be.
    dimensions: Option<usize>,
    /// What stands before a question.
    query_prefix: Option<String>,
    /// What stands before a passage.
    passage_prefix: Option<String>,
    /// Collections whose private documents may be sent to the endpoint.
    allow: Vec<String>,
}

/// Which model embeds texts.
#[derive(Debug, Clone)]
pub(super) enum EmbedderChoice {
    /// The one that is compiled in.
    BuiltIn,
    /// A sentence model in a folder, with prefixes that are not its own.
    Folder { path: PathBuf, query_prefix: Option<String>, passage_prefix: Option<String> },
    /// An endpoint, and the collections whose private documents may be sent to it.
    Endpoint { options: EndpointOptions, allow: Vec<CollectionName> },
}

impl EmbedderChoice {
    /// Makes a choice of the flag and the file; `variable` reads the environment.
    ///
    /// # Errors
    /// Names what is missing, is there twice, or can't be.
    pub(super) fn of(
        flag: Option<&Path>,
        file: FileEmbedder,
        root: &Path,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, CliError> {
        let folder = |path: PathBuf, query_prefix, passage_prefix| Self::Folder { path, query_prefix, passage_prefix };
        match flag {
            Some(flag) if flag.as_os_str() == BUILT_IN => return Ok(Self::BuiltIn),
            Some(flag) => {
                let path = std::path::absolute(flag).unwrap_or_else(|_| flag.to_owned());
                return Ok(folder(path, None, None));
            }
            None => {}
        }
        let refuse = |what| Err(CliError::Embedder { what });
        match (file.folder, file.url) {
            (Some(_), Some(_)) => refuse("has a folder and a url; write the one that is meant"),
            (Some(path), None) => Ok(folder(root.join(path), file.query_prefix, file.passage_prefix)),
            (None, None) if file.model.is_some() => refuse("has a model without a url"),
            (None, None) => Ok(Self::BuiltIn),
            (None, Some(url)) => {
                let Some(model) = file.model else {
                    return refuse("has a url without a model; write the model as the server calls it");
                };
                if !file.dimensions.is_none_or(|dimensions| (1..=8_192).contains(&dimensions)) {
                    return refuse("dimensions is not between 1 and 8192");
                }
                let key = match &file.key_env {
                    Some(name) => match variable(name) {
                        Some(key) => Some(key),
                        None => return Err(CliError::EmbedderKey { name: name.clone() }),
                    },
                    None => variable("CAIRN_EMBEDDER_KEY"),
                };
                let name = |name: &String| {
                    CollectionName::parse(name)
                        .map_err(|source| CliError::CollectionName { source, path: PathBuf::from(name) })
                };
                let allow = file.allow.iter().map(name).collect::<Result<_, _>>()?;
                let options = EndpointOptions {
                    url,
                    model,
                    dimensions: file.dimensions,
                    key: key.map(Secret::new),
                    query_prefix: file.query_prefix.unwrap_or_default(),
                    passage_prefix: file.passage_prefix.unwrap_or_default(),
                };
                Ok(Self::Endpoint { options, allow })
            }
        }
    }

    /// The collections whose private documents may be sent out.
    pub(super) fn sent_out(&self) -> Vec<CollectionName> {
        match self {
            Self::Endpoint { allow, .. } => allow.clone(),
            _ => Vec::new(),
        }
    }

    /// Makes the model. An endpoint that does not answer is taken as the index of `data` remembers it.
    pub(super) fn open(&self, data: &Path) -> anyhow::Result<Arc<dyn Embedder>> {
        match self {
            Self::BuiltIn => Ok(Arc::new(StaticModel::new()?)),
            Self::Folder { path, query_prefix, passage_prefix } => {
                local(path, query_prefix.as_deref(), passage_prefix.as_deref())
            }
            Self::Endpoint { options, .. } => {
                let remembered = |name: &str| {
                    let (model, dimensions) = EmbeddedEngine::made_with(&data.join("shelves").join("public"))?;
                    (model == format!("{name}/{dimensions}")).then_some(dimensions)
                };
                Ok(Arc::new(Endpoint::open(options.clone(), remembered, Arc::new(Waiting))?))
            }
        }
    }

    /// The choice in words, for whoever starts a server.
    pub(super) fn shown(&self, model: &str) -> String {
        match self {
            Self::BuiltIn => format!("{model} (built in)"),
            Self::Folder { path, .. } => format!("{model} from {}", path.display()),
            Self::Endpoint { allow, .. } => {
                let names: Vec<_> = allow.iter().map(CollectionName::as_str).collect();
                let private = match &names[..] {
                    [] => "private shelves stay here, with the built-in model".to_owned(),
                    names => format!("of private shelves it gets {} only", names.join(", ")),
                };
                format!("{model}; {private}")
            }
        }
    }
}

#[cfg(feature = "local-models")]
fn local(path: &Path, query: Option<&str>, passage: Option<&str>) -> anyhow::Result<Arc<dyn Embedder>> {
    Ok(Arc::new(crate::embed::LocalModel::open(path, query, passage)?))
}

#[cfg(not(feature = "local-models"))]
fn local(path: &Path, _: Option<&str>, _: Option<&str>) -> anyhow::Result<Arc<dyn Embedder>> {
    Err(CliError::NoLocalModels { path: path.to_owned() }.into())
}

/// Real time and real lots.
#[derive(Debug)]
struct Waiting;

impl Patience for Waiting {
    fn wait(&self, pause: Duration) {
        std::thread::sleep(pause);
    }

    fn lot(&self) -> f64 {
        let mut bytes = [0];
        // Without randomness every sender waits the longest.
        SystemRandomness.fill(&mut bytes).map_or(1.0, |()| f64::from(bytes[0]) / 255.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{EmbedderChoice, FileEmbedder};
    use std::path::Path;

    fn choice(file: &str, flag: Option<&str>) -> Result<EmbedderChoice, String> {
        let file: FileEmbedder = toml::from_str(file).map_err(|error| error.to_string())?;
        let variable = |name: &str| (name == "CAIRN_EMBEDDER_KEY" || name == "MINE").then(|| format!("secret-{name}"));
        EmbedderChoice::of(flag.map(Path::new), file, Path::new("/root"), variable).map_err(|error| error.to_string())
    }

    #[test]
    fn the_flag_wins_over_the_file_and_nothing_is_the_built_in_model() {
        assert!(matches!(choice("", None).unwrap(), EmbedderChoice::BuiltIn));
        let file = "url = \"http://localhost:11434\"\nmodel = \"m\"";
        assert!(matches!(choice(file, Some("built-in")).unwrap(), EmbedderChoice::BuiltIn));
        let EmbedderChoice::Folder { path, .. } = choice(file, Some("/models/x")).unwrap() else { panic!("a folder") };
        assert_eq!(path, Path::new("/models/x"));
        let EmbedderChoice::Folder { path, .. } = choice("folder = \"models/x\"", None).unwrap() else {
            panic!("a folder")
        };
        assert_eq!(path, Path::new("/root/models/x"), "a folder of the file is one of the root");
    }

    #[test]
    fn a_key_comes_from_the_environment_and_is_never_shown() {
        for (key, secret) in [("", "secret-CAIRN_EMBEDDER_KEY"), ("key_env = \"MINE\"", "secret-MINE")] {
            let file = format!("url = \"http://localhost\"\nmodel = \"m\"\n{key}");
            let made = choice(&file, None).unwrap();
            assert!(!format!("{made:?}").contains("secret"), "{made:?}");
            let EmbedderChoice::Endpoint { options, allow } = made else { panic!("an endpoint") };
            assert!(options.key == Some(crate::embed::Secret::new(secret.to_owned())) && allow.is_empty());
        }
        let missing = choice("url = \"http://localhost\"\nmodel = \"m\"\nkey_env = \"NOT_SET\"", None);
        assert!(missing.unwrap_err().contains("NOT_SET"));
        assert!(choice("url = \"http://localhost\"\nmodel = \"m\"\nkey = \"x\"", None).unwrap_err().contains("key"));
    }

    #[test]
    fn what_does_not_belong_together_is_named() {
        for (file, why) in [
            ("url = \"http://localhost\"", "without a model"),
            ("model = \"m\"", "without a url"),
            ("url = \"http://localhost\"\nmodel = \"m\"\nfolder = \"x\"", "a folder and a url"),
            ("url = \"http://localhost\"\nmodel = \"m\"\ndimensions = 0", "dimensions"),
            ("url = \"http://localhost\"\nmodel = \"m\"\nallow = [\"*\"]", "collection"),
        ] {
            let error = choice(file, None).unwrap_err();
            assert!(error.contains(why), "{error:?} should say {why:?}");
        }
    }
}
