//! The arithmetic of BERT (Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers for Language
//! Understanding", 2019), for embedding only: embeddings, layers of attention and feed-forward, pooling.

use std::collections::HashMap;

use candle_core::{D, DType, Device, Result, Tensor};
use candle_nn::{
    Embedding, LayerNorm, Linear, Module as _, VarBuilder, embedding, layer_norm, linear, ops::softmax_last_dim,
};

use super::folder::{Config, Pooling};

/// What attention adds to a place that holds nothing.
const NOTHING: f32 = -1e9;

/// One layer.
struct Layer {
    query: Linear,
    key: Linear,
    value: Linear,
    joined: Linear,
    joined_norm: LayerNorm,
    wide: Linear,
    narrow: Linear,
    narrow_norm: LayerNorm,
}

/// The model.
pub(super) struct Bert {
    words: Embedding,
    places: Embedding,
    kinds: Embedding,
    norm: LayerNorm,
    layers: Vec<Layer>,
    heads: usize,
    pooling: Pooling,
    dimensions: usize,
}

impl Bert {
    /// Takes the weights, by the names they have in a checkpoint of BERT.
    pub(super) fn new(config: &Config, pooling: Pooling, weights: HashMap<String, Tensor>) -> Result<Self> {
        let wrapped = weights.contains_key("bert.embeddings.word_embeddings.weight");
        let root = VarBuilder::from_tensors(weights, DType::F32, &Device::Cpu);
        let root = if wrapped { root.pp("bert") } else { root };
        let (size, wide, eps) = (config.hidden_size, config.intermediate_size, config.layer_norm_eps);
        let from = root.pp("embeddings");
        let layer = |from: VarBuilder<'_>| {
            Ok(Layer {
                query: linear(size, size, from.pp("attention.self.query"))?,
                key: linear(size, size, from.pp("attention.self.key"))?,
                value: linear(size, size, from.pp("attention.self.value"))?,
                joined: linear(size, size, from.pp("attention.output.dense"))?,
                joined_norm: layer_norm(size, eps, from.pp("attention.output.LayerNorm"))?,
                wide: linear(size, wide, from.pp("intermediate.dense"))?,
                narrow: linear(wide, size, from.pp("output.dense"))?,
                narrow_norm: layer_norm(size, eps, from.pp("output.LayerNorm"))?,
            })
        };
        let layers = (0..config.num_hidden_layers).map(|at| layer(root.pp(format!("encoder.layer.{at}"))));
        Ok(Self {
            words: embedding(config.vocab_size, size, from.pp("word_embeddings"))?,
            places: embedding(config.max_position_embeddings, size, from.pp("position_embeddings"))?,
            kinds: embedding(config.type_vocab_size, size, from.pp("token_type_embeddings"))?,
            norm: layer_norm(size, eps, from.pp("LayerNorm"))?,
            layers: layers.collect::<Result<_>>()?,
            heads: config.num_attention_heads,
            pooling,
            dimensions: size,
        })
    }

    pub(super) fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Embeds texts of token ids, each at least one and at most the model's longest; vectors are of any length.
    pub(super) fn forward(&self, texts: &[&[u32]]) -> Result<Vec<Vec<f32>>> {
        let longest = texts.iter().map(|text| text.len()).max().unwrap_or(0);
        let shape = (texts.len(), longest);
        let (mut ids, mut mask) = (Vec::with_capacity(shape.0 * shape.1), Vec::with_capacity(shape.0 * shape.1));
        for text in texts {
            ids.extend_from_slice(text);
            ids.extend(std::iter::repeat_n(0, longest - text.len()));
            mask.extend(std::iter::repeat_n(1_f32, text.len()));
            mask.extend(std::iter::repeat_n(0_f32, longest - text.len()));
        }
        let ids = Tensor::from_vec(ids, shape, &Device::Cpu)?;
        let mask = Tensor::from_vec(mask, shape, &Device::Cpu)?;
        let places =
            self.places.forward(&Tensor::arange(0, u32::try_from(longest).unwrap_or(u32::MAX), &Device::Cpu)?)?;
        let kinds = self.kinds.forward(&ids.zeros_like()?)?;
        let mut state = self.norm.forward(&(self.words.forward(&ids)? + kinds)?.broadcast_add(&places)?)?;
        // 0 where there is a token, far below everything where there is none: [texts, 1, 1, longest].
        let bias = ((1.0 - &mask)? * f64::from(NOTHING))?.unsqueeze(1)?.unsqueeze(1)?;
        for layer in &self.layers {
            state = layer.forward(&state, &bias, self.heads)?;
        }
        let pooled = match self.pooling {
            Pooling::First => state.narrow(1, 0, 1)?.squeeze(1)?,
            Pooling::Mean => {
                let sum = state.broadcast_mul(&mask.unsqueeze(D::Minus1)?)?.sum(1)?;
                sum.broadcast_div(&mask.sum_keepdim(1)?)?
            }
        };
        pooled.to_vec2()
    }
}

impl Layer {
    fn forward(&self, state: &Tensor, bias: &Tensor, heads: usize) -> Result<Tensor> {
        let (texts, longest, size) = state.dims3()?;
        let split = |part: &Linear| {
            part.forward(state)?.reshape((texts, longest, heads, size / heads))?.transpose(1, 2)?.contiguous()
        };
        let (query, key, value) = (split(&self.query)?, split(&self.key)?, split(&self.value)?);
        #[expect(clippy::cast_precision_loss, reason = "a head has some tens of numbers")]
        let scale = 1.0 / ((size / heads) as f64).sqrt();
        let scores = (query.matmul(&key.t()?)? * scale)?.broadcast_add(bias)?;
        let seen = softmax_last_dim(&scores)?.matmul(&value)?;
        let seen = seen.transpose(1, 2)?.contiguous()?.reshape((texts, longest, size))?;
        let state = self.joined_norm.forward(&(self.joined.forward(&seen)? + state)?)?;
        let wide = self.wide.forward(&state)?.gelu_erf()?;
        self.narrow_norm.forward(&(self.narrow.forward(&wide)? + state)?)
    }
}
