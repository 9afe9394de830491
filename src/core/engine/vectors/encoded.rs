//! A vector in two int8 numbers a dimension: a coarse one to scan by, and what it leaves over.
//!
//! Invariants: a value is `scale * (hi + lo / 254)`, with `hi` and `lo` in −127..=127 and `scale` the largest value's
//! size over 127. The error is at most `scale / 508` a dimension, so at most `max |value| / 64,516`: as good as 16 bits.
//! A vector of zeros, or one with a number that is not finite, has scale 0 and is nobody's neighbour.

/// `lo` counts in 254ths: a rest of half a step is 127.
pub(super) const PARTS: f32 = 254.0;

/// An encoded vector.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::engine) struct Encoded {
    /// All of `hi`, then all of `lo`.
    codes: Box<[i8]>,
    scale: f32,
}

impl Encoded {
    /// Encodes a vector, made one long first.
    pub(in crate::engine) fn new(vector: &[f32]) -> Self {
        let zero = || Self { codes: vec![0; 2 * vector.len()].into(), scale: 0.0 };
        let Some(unit) = unit(vector) else { return zero() };
        let scale = unit.iter().fold(0_f32, |most, number| most.max(number.abs())) / 127.0;
        let (hi, lo): (Vec<i8>, Vec<i8>) = unit
            .iter()
            .map(|number| {
                let steps = number / scale;
                let hi = steps.round();
                (code(hi), code((steps - hi) * PARTS))
            })
            .unzip();
        Self { codes: [hi, lo].concat().into(), scale }
    }

    /// Takes an encoding apart-wise: `hi` and `lo` of one length.
    pub(super) fn from_parts(hi: &[i8], lo: &[i8], scale: f32) -> Self {
        Self { codes: [hi, lo].concat().into(), scale }
    }

    /// Reads what [`Encoded::write`] wrote; none if the bytes are not an encoding of so many dimensions.
    pub(in crate::engine) fn read(bytes: &[u8], dimensions: usize) -> Option<Self> {
        let (scale, codes) = bytes.split_first_chunk::<4>()?;
        let scale = f32::from_le_bytes(*scale);
        let sound = codes.len() == 2 * dimensions && scale.is_finite() && scale >= 0.0;
        sound.then(|| Self { codes: codes.iter().map(|byte| byte.cast_signed()).collect(), scale })
    }

    /// Adds the encoding's bytes: the scale (f32, little-endian), `hi`, `lo`.
    pub(in crate::engine) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.scale.to_le_bytes());
        out.extend(self.codes.iter().map(|code| code.cast_unsigned()));
    }

    /// How many dimensions the vector has.
    pub(in crate::engine) fn dimensions(&self) -> usize {
        self.codes.len() / 2
    }

    /// The coarse numbers.
    pub(super) fn hi(&self) -> &[i8] {
        &self.codes[..self.dimensions()]
    }

    /// What they leave over.
    pub(super) fn lo(&self) -> &[i8] {
        &self.codes[self.dimensions()..]
    }

    /// The size of one coarse step; 0 for a vector of zeros.
    pub(super) fn scale(&self) -> f32 {
        self.scale
    }

    /// The vector, up to the error that the file's head states.
    #[cfg(test)]
    pub(super) fn decoded(&self) -> Vec<f32> {
        self.hi().iter().zip(self.lo()).map(|(hi, lo)| self.scale * (f32::from(*hi) + f32::from(*lo) / PARTS)).collect()
    }
}

/// The vector made one long; none if it has no direction.
pub(super) fn unit(vector: &[f32]) -> Option<Vec<f32>> {
    let length = vector.iter().map(|number| f64::from(*number).powi(2)).sum::<f64>().sqrt();
    let has_direction = length.is_normal() && vector.iter().all(|number| number.is_finite());
    #[expect(clippy::cast_possible_truncation, reason = "a quotient of f32s in −1..=1")]
    has_direction.then(|| vector.iter().map(|number| (f64::from(*number) / length) as f32).collect())
}

/// A number that is in −127..=127 already, but for rounding.
#[expect(clippy::cast_possible_truncation, reason = "clamped")]
pub(super) fn code(number: f32) -> i8 {
    number.round().clamp(-127.0, 127.0) as i8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

    use super::{Encoded, unit};

    proptest! {
        #[test]
        fn a_value_is_off_by_at_most_a_508th_of_the_scale(
            vector in proptest::collection::vec(-10_f32..10.0, 1..300),
        ) {
            let encoded = Encoded::new(&vector);
            let unit = unit(&vector).unwrap_or_else(|| vec![0.0; vector.len()]);
            for (value, decoded) in unit.iter().zip(encoded.decoded()) {
                let bound = encoded.scale() / 508.0 * 1.01 + 1e-7;
                prop_assert!((value - decoded).abs() <= bound, "{} became {}, bound {}", value, decoded, bound);
            }
            let mut bytes = Vec::new();
            encoded.write(&mut bytes);
            prop_assert_eq!(bytes.len(), 4 + 2 * vector.len());
            prop_assert_eq!(Encoded::read(&bytes, vector.len()), Some(encoded));
            prop_assert_eq!(Encoded::read(&bytes, vector.len() + 1), None);
        }
    }

    #[test]
    fn a_vector_without_a_direction_is_encoded_as_zeros() {
        for vector in [[0.0; 3], [1.0, f32::NAN, 0.0], [f32::INFINITY, 0.0, 0.0]] {
            let encoded = Encoded::new(&vector);
            assert_eq!((encoded.scale(), encoded.decoded()), (0.0, vec![0.0; 3]), "{vector:?}");
        }
    }

    #[test]
    fn bytes_with_an_impossible_scale_are_refused() {
        for scale in [f32::NAN, -1.0, f32::INFINITY] {
            let bytes = [&scale.to_le_bytes()[..], &[0; 6]].concat();
            assert_eq!(Encoded::read(&bytes, 3), None);
        }
        assert_eq!(Encoded::read(&[], 0), None);
    }
}
