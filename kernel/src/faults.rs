//! Faults of a ledger, collected so that one run reports them together and in the same order on any number of threads.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Code, Error};

/// Rows that are named for each kind of fault; the rest are counted.
pub const SHOWN_ROWS: usize = 20;

/// One kind of fault: how often, the first rows, and one line about the first of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// What is wrong.
    pub code: Code,
    /// How many times it was found.
    pub count: u64,
    /// The lowest row numbers, ascending, at most [`SHOWN_ROWS`].
    pub rows: Vec<u64>,
    /// What the first of these rows says.
    pub message: String,
}

#[derive(Default)]
struct Entry {
    count: u64,
    rows: BTreeSet<u64>,
    message: String,
}

/// A collection of faults; merging collections in any order gives the same report.
#[derive(Default)]
pub struct Faults {
    kinds: BTreeMap<Code, Entry>,
}

impl Faults {
    /// Note a fault of one row.
    pub fn add(&mut self, code: Code, row: u64, message: &str) {
        let entry = self.kinds.entry(code).or_default();
        entry.count += 1;
        if entry.rows.first().is_none_or(|first| row < *first) {
            entry.message = message.to_string();
        }
        entry.rows.insert(row);
        if entry.rows.len() > SHOWN_ROWS {
            entry.rows.pop_last();
        }
    }

    /// Take over what another thread noted.
    pub fn merge(&mut self, other: Faults) {
        for (code, theirs) in other.kinds {
            let ours = self.kinds.entry(code).or_default();
            if ours.rows.first().is_none_or(|first| theirs.rows.first().is_some_and(|row| row < first)) {
                ours.message = theirs.message;
            }
            ours.count += theirs.count;
            ours.rows.extend(theirs.rows);
            while ours.rows.len() > SHOWN_ROWS {
                ours.rows.pop_last();
            }
        }
    }

    /// The error for all of them, led by the lowest row; None when there were none.
    pub fn into_error(self) -> Option<Error> {
        let mut kinds: Vec<Kind> = self
            .kinds
            .into_iter()
            .map(|(code, entry)| Kind {
                code,
                count: entry.count,
                rows: entry.rows.into_iter().collect(),
                message: entry.message,
            })
            .collect();
        kinds.sort_by_key(|kind| (kind.rows.first().copied(), kind.code));
        let first = kinds.first()?;
        let row = first.rows.first().copied().unwrap_or_default();
        let total: u64 = kinds.iter().map(|kind| kind.count).sum();
        let more = if total > 1 { format!(" (and {} more rows with faults)", total - 1) } else { String::new() };
        Some(Error {
            code: first.code,
            message: format!("row {row}: {}{more}", first.message),
            row: Some(row),
            faults: kinds,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_row_leads_whatever_the_order() {
        let report = |order: &[u64]| {
            let (mut left, mut right) = (Faults::default(), Faults::default());
            for (i, row) in order.iter().enumerate() {
                let half = if i % 2 == 0 { &mut left } else { &mut right };
                half.add(Code::AmountNegative, *row, &format!("m{row}"));
            }
            right.add(Code::AmountMalformed, 30, "late");
            left.merge(right);
            left.into_error().unwrap()
        };
        let rows: Vec<u64> = (5..40).collect();
        let backwards: Vec<u64> = rows.iter().rev().copied().collect();
        let error = report(&rows);
        assert_eq!(error, report(&backwards));
        assert_eq!((error.code, error.row), (Code::AmountNegative, Some(5)));
        assert_eq!(error.message, "row 5: m5 (and 35 more rows with faults)");
        assert_eq!(error.faults[0].rows, (5..25).collect::<Vec<u64>>());
        assert_eq!(error.faults[0].count, 35);
    }
}
