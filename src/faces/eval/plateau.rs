//! Which settings of the fusion are as good as the best one, as far as the questions can tell.
//!
//! A setting is within noise of the best when it is less than 0.005 below it, or when the mean difference over the questions, drawn again and again with the
//! questions themselves as the population, is not above zero in 95 of 100 draws (the paired bootstrap; Efron 1979; for
//! retrieval, Sakai, "Evaluating evaluation metrics based on the bootstrap", 2006). What is reported is the range of
//! such settings around the best: a lucky point is narrow, a plateau is wide.

use crate::retrieval::Fusion;

use super::measure::{count, mean};

/// A smaller difference is noise, however sure it is.
const NOISE: f64 = 0.005;

/// How often the questions are drawn.
const DRAWS: usize = 1_000;

/// Of a hundred draws, how many the best must win to be better.
const SURE: usize = 95;

/// One setting and what it gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// How the legs were fused.
    pub fusion: Fusion,
    /// A value for each question, in one order for all settings.
    pub values: Vec<f64>,
}

/// A setting in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Rated {
    /// How the legs were fused.
    pub fusion: Fusion,
    /// The mean over the questions.
    pub mean: f64,
    /// Whether it is within noise of the best.
    pub level: bool,
}

/// What a sweep found.
#[derive(Debug, Clone, PartialEq)]
pub struct Plateau {
    /// Every setting, in the order given.
    pub rated: Vec<Rated>,
    /// The place of the best.
    pub best: usize,
    /// At the best one's depth, the lowest and the highest lexical weight that are connected to it by settings within
    /// noise of it.
    pub weights: (f32, f32),
    /// The depths at which the best one's weight is within noise of it, ascending.
    pub depths: Vec<usize>,
    /// The standard error of the best mean over the questions.
    pub error: f64,
}

/// The settings that a sweep tries: lexical weights from 0 to 1, at several depths.
#[must_use]
pub fn grid() -> Vec<Fusion> {
    let depths = [50, 100, 200];
    let weights = (0_u16..=20).map(|step| f32::from(step) / 20.0);
    depths
        .into_iter()
        .flat_map(|depth| weights.clone().map(move |lexical_weight| Fusion { lexical_weight, depth }))
        .collect()
}

impl Plateau {
    /// Rates settings; `None` when there are none, or no questions.
    #[must_use]
    pub fn of(settings: &[Setting]) -> Option<Self> {
        let means: Vec<f64> = settings.iter().map(|setting| mean(&setting.values)).collect();
        let (best, top) = settings
            .iter()
            .zip(&means)
            .enumerate()
            .max_by(|a, b| {
                // Of equal ones the first.
                a.1.1.total_cmp(b.1.1).then(b.0.cmp(&a.0))
            })
            .map(|(at, (setting, _))| (at, setting))?;
        if top.values.is_empty() {
            return None;
        }
        let high = mean(&top.values);
        let level =
            |setting: &Setting| high - mean(&setting.values) < NOISE || !is_better(&top.values, &setting.values);
        let rate =
            |(setting, mean): (&Setting, &f64)| Rated { fusion: setting.fusion, mean: *mean, level: level(setting) };
        let rated: Vec<Rated> = settings.iter().zip(&means).map(rate).collect();
        let weights = around(&rated, top.fusion);
        let same = |rated: &&Rated| rated.level && same_weight(rated.fusion, top.fusion);
        let mut depths: Vec<usize> = rated.iter().filter(same).map(|rated| rated.fusion.depth).collect();
        depths.sort_unstable();
        depths.dedup();
        Some(Self { weights, depths, error: standard_error(&top.values), best, rated })
    }

    /// Whether a setting that was tried is within noise of the best.
    #[must_use]
    pub fn holds(&self, fusion: Fusion) -> Option<bool> {
        let tried =
            self.rated.iter().find(|rated| rated.fusion.depth == fusion.depth && same_weight(rated.fusion, fusion));
        tried.map(|rated| rated.level)
    }
}

fn same_weight(a: Fusion, b: Fusion) -> bool {
    (a.lexical_weight - b.lexical_weight).abs() < 1e-4
}

/// The range of weights around the best that is within noise without a gap.
fn around(rated: &[Rated], best: Fusion) -> (f32, f32) {
    let mut line: Vec<&Rated> = rated.iter().filter(|rated| rated.fusion.depth == best.depth).collect();
    line.sort_by(|a, b| a.fusion.lexical_weight.total_cmp(&b.fusion.lexical_weight));
    let at = line.iter().position(|rated| same_weight(rated.fusion, best)).unwrap_or(0);
    let (below, above) = line.split_at(at);
    let weight = |rated: &&Rated| rated.fusion.lexical_weight;
    let low = below.iter().rev().take_while(|rated| rated.level).last().map(weight);
    let high = above.iter().take_while(|rated| rated.level).last().map(weight);
    (low.unwrap_or(best.lexical_weight), high.unwrap_or(best.lexical_weight))
}

/// Whether one list of values is above another one beyond noise: in 95 of 100 draws of the questions.
fn is_better(best: &[f64], other: &[f64]) -> bool {
    let differences: Vec<f64> = best.iter().zip(other).map(|(a, b)| a - b).collect();
    let mut dice = Dice(differences.len() as u64);
    let above = (0..DRAWS)
        .filter(|_| (0..differences.len()).map(|_| differences[dice.below(differences.len())]).sum::<f64>() > 0.0)
        .count();
    above * 100 >= DRAWS * SURE
}

fn standard_error(values: &[f64]) -> f64 {
    let middle = mean(values);
    let squares: f64 = values.iter().map(|value| (value - middle).powi(2)).sum();
    let degrees = count(values.len().saturating_sub(1).max(1));
    (squares / degrees / count(values.len().max(1))).sqrt()
}

/// Draws that are the same in every run (`SplitMix64`; Steele, Lea and Flood 2014).
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from((u128::from(mixed) * bound as u128) >> 64).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Plateau, Setting, grid, is_better};
    use crate::retrieval::Fusion;

    fn setting(weight: f32, depth: usize, values: impl Iterator<Item = f64>) -> Setting {
        Setting { fusion: Fusion { lexical_weight: weight, depth }, values: values.collect() }
    }

    #[test]
    fn a_setting_that_loses_on_every_question_is_off_the_plateau_and_one_that_differs_by_chance_is_on_it() {
        let questions = || (0..60_i32).map(|number| f64::from(number % 7) / 7.0);
        let jitter = |number: i32| f64::from(number * 37 % 11 - 5) / 50.0;
        let settings = [
            setting(0.5, 100, questions().map(|value| value - 0.2)),
            setting(0.6, 100, questions().zip(0..).map(|(value, number)| value - jitter(number))),
            setting(0.7, 100, questions().map(|value| value + 0.008)),
            setting(0.8, 100, questions().zip(0..).map(|(value, number)| value + jitter(number))),
            setting(0.9, 100, questions().map(|value| value - 0.3)),
            setting(0.7, 200, questions()),
        ];
        let plateau = Plateau::of(&settings).unwrap();
        assert_eq!(
            plateau.rated.iter().map(|rated| rated.level).collect::<Vec<_>>(),
            [false, true, true, true, false, false]
        );
        assert_eq!((plateau.best, plateau.weights), (2, (0.6, 0.8)));
        assert_eq!(plateau.depths, [100]);
        assert_eq!(plateau.holds(Fusion { lexical_weight: 0.9, depth: 100 }), Some(false));
        assert_eq!(plateau.holds(Fusion { lexical_weight: 0.9, depth: 7 }), None);
        assert!(plateau.error > 0.0);
    }

    #[test]
    fn noise_is_no_gain_and_the_same_values_are_level() {
        let values = [0.0, 1.0, 0.5, 0.25];
        assert!(!is_better(&values, &values));
        assert!(is_better(&[1.0, 1.0, 1.0], &[0.0, 0.5, 0.9]));
        assert!(!is_better(&[1.0, 0.0, 0.1, 0.0], &[0.0, 1.0, 0.0, 0.0]));
        assert_eq!(Plateau::of(&[]), None);
    }

    #[test]
    fn the_grid_holds_the_default() {
        let default = Fusion::default();
        let same = |fusion: &Fusion| super::same_weight(*fusion, default) && fusion.depth == default.depth;
        assert_eq!(grid().iter().filter(|fusion| same(fusion)).count(), 1);
    }
}
