//! The weights' file: a safetensors file of word-piece vectors, borrowed where it lies in the binary.
//!
//! Invariants: `new` has checked every bound, so a row of a piece that is in the table is always there and its scale
//! is finite. The int8 rows are never copied; only the 30,522 scales are widened from f16.

use sha2::{Digest, Sha256};

use super::ModelId;

/// The file's own limit on its header: ours has 264 bytes, a damaged length must not be believed.
const HEADER_BYTES_MAX: usize = 64 * 1024;

/// Rows of int8 numbers, each with one scale.
pub(super) struct Table {
    rows: &'static [u8],
    scales: Box<[f32]>,
    dimensions: usize,
    id: ModelId,
}

/// Where a tensor lies, as the safetensors header has it.
#[derive(serde::Deserialize)]
struct Tensor {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}

/// The two tensors of a table. Metadata and further tensors are passed over.
#[derive(serde::Deserialize)]
struct Header {
    embeddings: Tensor,
    scales: Tensor,
}

impl Table {
    /// Reads the file and checks that it is whole: header, types, shapes, bounds, finite scales.
    ///
    /// The format: 8 bytes little-endian header length, a JSON header, the tensors' bytes
    /// (<https://huggingface.co/docs/safetensors>).
    ///
    /// # Errors
    /// Says what is wrong with the file.
    pub(super) fn new(name: &str, file: &'static [u8]) -> Result<Self, String> {
        let (length, rest) = file.split_first_chunk::<8>().ok_or("shorter than its header's length")?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| "header too long")?;
        if length > HEADER_BYTES_MAX {
            return Err(format!("header of {length} bytes"));
        }
        let (header, tensors) = rest.split_at_checked(length).ok_or("shorter than its header")?;
        let header: Header = serde_json::from_slice(header).map_err(|error| format!("header: {error}"))?;

        let [pieces, dimensions] = header.embeddings.shape[..] else {
            return Err("embeddings are not a table".to_owned());
        };
        if header.scales.shape != [pieces] {
            return Err("not one scale a row".to_owned());
        }
        if pieces > usize::from(u16::MAX) || dimensions == 0 {
            return Err(format!("a table of {pieces} rows of {dimensions}"));
        }
        let rows = tensor(tensors, &header.embeddings, "I8", pieces.checked_mul(dimensions))?;
        let scales: Box<[f32]> = tensor(tensors, &header.scales, "F16", pieces.checked_mul(2))?
            .chunks_exact(2)
            .map(|half| widen(u16::from_le_bytes([half[0], half[1]])))
            .collect();
        if !scales.iter().all(|scale| scale.is_finite()) {
            return Err("a scale is not finite".to_owned());
        }
        let digest = Sha256::digest(file);
        let hex: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { rows, scales, dimensions, id: ModelId::new(&format!("{name}@{hex}")) })
    }

    /// The model's id: its name and the first 16 hex digits of the file's SHA-256.
    pub(super) fn id(&self) -> &ModelId {
        &self.id
    }

    /// How many rows there are.
    pub(super) fn pieces(&self) -> usize {
        self.scales.len()
    }

    /// How many numbers a row has.
    pub(super) fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// Adds `weight` times a piece's row to `sum`; nothing for a piece that has no row.
    pub(super) fn add(&self, piece: u16, weight: f32, sum: &mut [f32]) {
        let piece = usize::from(piece);
        let from = piece * self.dimensions;
        let (Some(row), Some(scale)) = (self.rows.get(from..from + self.dimensions), self.scales.get(piece)) else {
            return;
        };
        let factor = weight * scale;
        for (sum, byte) in sum.iter_mut().zip(row) {
            *sum += f32::from(byte.cast_signed()) * factor;
        }
    }
}

/// The bytes of a tensor, if they are what the header promises and have the size that its shape asks for.
fn tensor<'a>(bytes: &'a [u8], tensor: &Tensor, dtype: &str, size_bytes: Option<usize>) -> Result<&'a [u8], String> {
    if tensor.dtype != dtype {
        return Err(format!("{} where {dtype} should be", tensor.dtype));
    }
    let [from, to] = tensor.data_offsets;
    let bytes = bytes.get(from..to).ok_or_else(|| format!("no bytes {from} to {to}"))?;
    if Some(bytes.len()) != size_bytes {
        return Err(format!("{} bytes of {dtype} don't fill {:?}", bytes.len(), tensor.shape));
    }
    Ok(bytes)
}

/// IEEE 754 half precision to single; every half is a single, so nothing is rounded.
fn widen(half: u16) -> f32 {
    let sign = if half & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from(half >> 10 & 0x1f);
    let fraction = f32::from(half & 0x3ff);
    sign * match exponent {
        0 => fraction * 2f32.powi(-24),
        0x1f if fraction == 0.0 => f32::INFINITY,
        0x1f => f32::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f32.powi(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(header: &str, tensors: &[u8]) -> &'static [u8] {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(tensors);
        bytes.leak()
    }

    const HEADER: &str = r#"{"__metadata__":{"a":"b"},
        "scales":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},
        "embeddings":{"dtype":"I8","shape":[2,3],"data_offsets":[4,10]}}"#;

    #[test]
    fn a_whole_file_gives_its_rows_times_their_scales() {
        // 0x3c00 is 1, 0xb800 is -0.5.
        let table = Table::new("toy", file(HEADER, &[0, 0x3c, 0, 0xb8, 1, 2, 255, 4, 5, 128])).unwrap();
        let mut sum = [0.0; 3];
        table.add(0, 1.0, &mut sum);
        assert_eq!(sum, [1.0, 2.0, -1.0]);
        table.add(1, 2.0, &mut sum);
        assert_eq!(sum, [-3.0, -3.0, 127.0]);
        table.add(2, 1.0, &mut sum);
        assert_eq!(sum, [-3.0, -3.0, 127.0], "a piece without a row adds nothing");
        assert!(table.id().as_str().starts_with("toy@"), "{:?}", table.id());
        assert_eq!(table.id().as_str().len(), 4 + 16);
    }

    #[test]
    fn a_damaged_file_is_refused_and_says_why() {
        let whole = [0, 0x3c, 0, 0xb8, 1, 2, 255, 4, 5, 128];
        for (header, tensors, why) in [
            (HEADER, &whole[..9], "no bytes"),
            (&HEADER.replace("I8", "U8"), &whole[..], "U8 where I8"),
            (&HEADER.replace("[2,3]", "[2,4]"), &whole[..], "don't fill"),
            (&HEADER.replace("[2,3]", "[6]"), &whole[..], "not a table"),
            (&HEADER.replace("[2]", "[3]"), &whole[..], "not one scale"),
            (&HEADER.replace("[4,10]", "[10,4]"), &whole[..], "no bytes"),
            (HEADER, &[0, 0x7c, 0, 0, 1, 2, 3, 4, 5, 6], "not finite"),
            ("{}", &whole[..], "header"),
        ] {
            let error = Table::new("toy", file(header, tensors)).err().unwrap_or_default();
            assert!(error.contains(why), "{error:?} should say {why:?}");
        }
        for bytes in [&[][..], &[1, 0, 0, 0, 0, 0, 0, 0], &[255; 8], &[0xff, 0xff, 0, 0, 0, 0, 0, 0]] {
            assert!(Table::new("toy", bytes).is_err());
        }
    }

    #[test]
    fn halves_widen_to_their_value() {
        for (half, value) in [(0x3c00, 1.0), (0xc000, -2.0), (0x7bff, 65504.0), (0x0001, 5.960_464_5e-8), (0, 0.0)] {
            assert_eq!(widen(half).to_bits(), f32::to_bits(value), "{half:#x}");
        }
        assert!(widen(0x7c00).is_infinite() && widen(0x7e00).is_nan());
    }
}
