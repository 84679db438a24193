//! Balance splitting: a balance above a threshold becomes exactly k leaves, cut where the asset key says.

use crate::derive::Key;
use crate::error::{Code, Result, refuse};

/// Most pieces an asset may state.
pub const MAX_PIECES: u32 = 256;

/// How an asset's balances are split: at most `above` is one piece, more is exactly `pieces`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// 1 to 256.
    pub pieces: u32,
    /// Base units; zero when `pieces` is 1. With more pieces zero splits everything but zero.
    pub above: u128,
}

impl Rule {
    /// Check that the two belong together.
    pub fn new(pieces: u32, above: u128) -> Result<Self> {
        if !(1..=MAX_PIECES).contains(&pieces) || (pieces == 1 && above != 0) {
            return refuse(Code::ArgumentMalformed, "pieces and split_above do not go together");
        }
        Ok(Self { pieces, above })
    }

    /// How many leaves a balance has.
    pub fn count(self, balance: u128) -> u32 {
        if balance <= self.above { 1 } else { self.pieces }
    }

    /// The pieces of a balance, in order; they add up to it. `scratch` is overwritten.
    pub fn split(self, key: &Key, account_id: &[u8], balance: u128, scratch: &mut Vec<u128>) {
        scratch.clear();
        let count = self.count(balance);
        for j in 0..count - 1 {
            let drawn = key.cut(j, account_id);
            scratch.push(balance.checked_add(1).map_or(drawn, |modulus| drawn % modulus));
        }
        scratch.sort_unstable();
        scratch.push(balance);
        let mut before = 0;
        for cut in scratch.iter_mut() {
            (*cut, before) = (*cut - before, *cut);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::derive::asset_key;

    #[test]
    fn pieces_add_up_and_are_the_same_again() {
        let key = asset_key(&[1; 32], "BTC").unwrap();
        let rule = Rule::new(5, 10).unwrap();
        let (mut first, mut again) = (Vec::new(), Vec::new());
        for balance in [0, 1, 10, 11, 12, 1_000_000, u128::MAX - 1, u128::MAX] {
            rule.split(&key, b"alice", balance, &mut first);
            rule.split(&key, b"alice", balance, &mut again);
            assert_eq!(first, again);
            assert_eq!(first.len() as u32, rule.count(balance));
            assert_eq!(first.len(), if balance <= 10 { 1 } else { 5 });
            assert_eq!(first.iter().sum::<u128>(), balance);
        }
    }

    #[test]
    fn pieces_and_threshold_go_together() {
        assert!(Rule::new(1, 0).is_ok() && Rule::new(2, 0).is_ok());
        for (pieces, above) in [(0, 0), (1, 5), (257, 5)] {
            assert!(Rule::new(pieces, above).is_err());
        }
    }
}
