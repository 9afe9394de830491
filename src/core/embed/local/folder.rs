//! The files of a sentence model, as sentence-transformers lays them out (<https://sbert.net/docs/package_reference>).

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use tokenizers::{Tokenizer, TruncationParams};

use super::{EmbedError, ModelId};

const CONFIG: &str = "config.json";
const WEIGHTS: &str = "model.safetensors";
const TOKENIZER: &str = "tokenizer.json";
const MODULES: &str = "modules.json";
const POOLING: &str = "1_Pooling/config.json";
const PROMPTS: &str = "config_sentence_transformers.json";
const LENGTH: &str = "sentence_bert_config.json";

/// What is read of `config.json`.
#[derive(Debug, Deserialize)]
pub(super) struct Config {
    model_type: String,
    hidden_act: String,
    #[serde(default = "absolute")]
    position_embedding_type: String,
    pub(super) hidden_size: usize,
    pub(super) intermediate_size: usize,
    pub(super) num_hidden_layers: usize,
    pub(super) num_attention_heads: usize,
    pub(super) max_position_embeddings: usize,
    pub(super) type_vocab_size: usize,
    pub(super) vocab_size: usize,
    pub(super) layer_norm_eps: f64,
}

fn absolute() -> String {
    "absolute".to_owned()
}

#[derive(Deserialize)]
struct Module {
    #[serde(rename = "type")]
    kind: String,
}

/// The older form has a flag for each way to pool, the newer one the name of the way.
#[derive(Default, Deserialize)]
#[serde(default)]
struct PoolingFile {
    pooling_mode: Option<String>,
    pooling_mode_cls_token: bool,
    pooling_mode_mean_tokens: bool,
    include_prompt: Option<bool>,
    #[serde(flatten)]
    other: BTreeMap<String, serde_json::Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct PromptsFile {
    prompts: BTreeMap<String, Option<String>>,
    default_prompt_name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct LengthFile {
    max_seq_length: Option<usize>,
}

/// How the vector of a text is made of those of its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pooling {
    /// That of the first token, `[CLS]`.
    First,
    /// The mean over all tokens.
    Mean,
}

/// What a folder says.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) path: PathBuf,
    pub(super) config: Config,
    pub(super) pooling: Pooling,
    pub(super) query_prefix: String,
    pub(super) passage_prefix: String,
    pub(super) tokens_max: usize,
}

impl Folder {
    pub(super) fn read(path: &Path) -> Result<Self, EmbedError> {
        if !path.is_dir() {
            return Err(wrong(path, "", "is not a folder; name the folder of a sentence model".to_owned()));
        }
        let config: Config = required(path, CONFIG, "not a BERT model")?;
        check_config(path, &config)?;
        for module in optional::<Vec<Module>>(path, MODULES)?.unwrap_or_default() {
            let kind = module.kind.rsplit('.').next().unwrap_or_default();
            if !matches!(kind, "Transformer" | "Pooling" | "Normalize") {
                return Err(wrong(
                    path,
                    MODULES,
                    format!("has a module {kind}, and only Transformer, Pooling and Normalize can be run"),
                ));
            }
        }
        let pooling = pooling(path)?;
        let PromptsFile { prompts, default_prompt_name } = optional(path, PROMPTS)?.unwrap_or_default();
        let prompt = |names: &[&str]| {
            let names = names.iter().copied().chain(default_prompt_name.as_deref());
            names.filter_map(|name| prompts.get(name)).find_map(Clone::clone).unwrap_or_default()
        };
        let length = optional::<LengthFile>(path, LENGTH)?.unwrap_or_default().max_seq_length;
        let tokens_max =
            length.unwrap_or(config.max_position_embeddings).clamp(8, config.max_position_embeddings.max(8));
        Ok(Self {
            path: path.to_owned(),
            pooling,
            query_prefix: prompt(&["query"]),
            passage_prefix: prompt(&["document", "passage"]),
            tokens_max,
            config,
        })
    }

    /// The tokenizer, set to cut texts at the model's longest and to pad nothing.
    pub(super) fn tokenizer(&self) -> Result<Tokenizer, EmbedError> {
        let bytes = read(&self.path, TOKENIZER)?;
        let broken = |error: Box<dyn std::error::Error + Send + Sync>| {
            wrong(&self.path, TOKENIZER, format!("is not a tokenizer that can be run: {error}"))
        };
        let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(broken)?;
        tokenizer.with_padding(None);
        let truncation = TruncationParams { max_length: self.tokens_max, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(truncation)).map_err(broken)?;
        if tokenizer.get_vocab_size(true) > self.config.vocab_size {
            let what = format!("has {} pieces for {} rows", tokenizer.get_vocab_size(true), self.config.vocab_size);
            return Err(wrong(&self.path, TOKENIZER, what));
        }
        Ok(tokenizer)
    }

    /// The weights, and their file's SHA-256.
    pub(super) fn weights(&self) -> Result<(HashMap<String, Tensor>, [u8; 32]), EmbedError> {
        let bytes = read(&self.path, WEIGHTS)?;
        let digest = Sha256::digest(&bytes).into();
        let weights = candle_core::safetensors::load_buffer(&bytes, &Device::Cpu)
            .map_err(|error| wrong(&self.path, WEIGHTS, format!("is not a safetensors file: {error}")))?;
        Ok((weights, digest))
    }

    /// The folder's name, and a digest of all that vectors depend on.
    pub(super) fn id(&self, weights: &[u8; 32]) -> ModelId {
        let mut sha = Sha256::new();
        sha.update(weights);
        for file in [CONFIG, TOKENIZER] {
            sha.update(Sha256::digest(std::fs::read(self.path.join(file)).unwrap_or_default()));
        }
        let settings =
            format!("{:?} {} {:?} {:?}", self.pooling, self.tokens_max, self.query_prefix, self.passage_prefix);
        sha.update(settings);
        let hex: String = sha.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let name = self.path.file_name().map_or_else(|| "model".into(), |name| name.to_string_lossy());
        ModelId::new(&format!("{name}@{hex}"))
    }
}

fn check_config(path: &Path, config: &Config) -> Result<(), EmbedError> {
    let refuse = |what: String| Err(wrong(path, CONFIG, what));
    if config.model_type != "bert" {
        return refuse(format!("is of a model of type {:?}, and only \"bert\" can be run", config.model_type));
    }
    if config.hidden_act != "gelu" || config.position_embedding_type != "absolute" {
        return refuse("asks for another activation than gelu or for other positions than absolute ones".to_owned());
    }
    if config.num_attention_heads == 0 || !config.hidden_size.is_multiple_of(config.num_attention_heads) {
        return refuse(format!("has {} heads for {} numbers", config.num_attention_heads, config.hidden_size));
    }
    Ok(())
}

fn pooling(path: &Path) -> Result<Pooling, EmbedError> {
    let file: PoolingFile = required(path, POOLING, "not the pooling of a sentence model")?;
    if file.include_prompt == Some(false) {
        return Err(wrong(path, POOLING, "leaves the prompt out of the mean, which cannot be done here".to_owned()));
    }
    let others = file.other.iter().any(|(name, on)| name.starts_with("pooling_mode") && *on == true);
    match (file.pooling_mode.as_deref(), file.pooling_mode_cls_token, file.pooling_mode_mean_tokens) {
        (Some("cls"), ..) | (None, true, false) if !others => Ok(Pooling::First),
        (Some("mean"), ..) | (None, false, true) if !others => Ok(Pooling::Mean),
        _ => Err(wrong(path, POOLING, "pools in another way than by the mean or by the first token".to_owned())),
    }
}

fn wrong(folder: &Path, file: &str, what: String) -> EmbedError {
    EmbedError::Folder { path: if file.is_empty() { folder.to_owned() } else { folder.join(file) }, what }
}

fn read(folder: &Path, file: &str) -> Result<Vec<u8>, EmbedError> {
    std::fs::read(folder.join(file)).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            wrong(folder, file, "is missing; a sentence model with safetensors weights has one".to_owned())
        }
        _ => wrong(folder, file, format!("cannot be read: {error}")),
    })
}

fn required<T: DeserializeOwned>(folder: &Path, file: &str, kind: &str) -> Result<T, EmbedError> {
    serde_json::from_slice(&read(folder, file)?).map_err(|error| wrong(folder, file, format!("is {kind}: {error}")))
}

fn optional<T: DeserializeOwned>(folder: &Path, file: &str) -> Result<Option<T>, EmbedError> {
    match std::fs::read(folder.join(file)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        _ => required(folder, file, "not what sentence-transformers writes").map(Some),
    }
}
