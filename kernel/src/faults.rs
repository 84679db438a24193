//! Faults of a ledger, collected so that one run reports them together and in the same order on any number of threads.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Code, Error};

/// Rows that are named for each kind of fault; the rest are counted.
pub const SHOWN_ROWS: usize = 20;

/// Unknown assets that are named.
const SHOWN_NAMES: usize = 20;

/// Longest text that is named as an unknown asset: account ids without an @ may look like one, few are so short.
const LONGEST_NAME: usize = 12;

/// Longest class behind a colon, as ledgers have it.
const LONGEST_CLASS: usize = 24;

/// One kind of fault: how often, the first rows, and one line about the first of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// What is wrong.
    pub code: Code,
    /// How many times it was found.
    pub count: u64,
    /// The lowest row numbers, ascending, at most [`SHOWN_ROWS`]; none for what is wrong with no single row.
    pub rows: Vec<u64>,
    /// What the first of these rows says.
    pub message: String,
}

#[derive(Default)]
struct Entry {
    count: u64,
    rows: BTreeSet<u64>,
    message: String,
    /// Unknown assets by the first row that has them.
    names: BTreeMap<u64, String>,
}

/// A collection of faults; merging collections in any order gives the same report.
#[derive(Default)]
pub struct Faults {
    kinds: BTreeMap<Code, Entry>,
    /// What is wrong with the ledger as a whole.
    notes: BTreeMap<Code, BTreeSet<String>>,
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

    /// Note a row whose asset the snapshot does not have. The code is repeated in the report only if it can be one: in
    /// a ledger whose columns were mixed up it may be an account id.
    pub fn add_unknown(&mut self, row: u64, asset: &[u8]) {
        self.add(Code::AssetUnknown, row, "the snapshot has no such asset");
        if let (Some(name), Some(entry)) = (plausible(asset), self.kinds.get_mut(&Code::AssetUnknown)) {
            entry.name(row, name);
        }
    }

    /// Note a row whose account and asset an earlier one has.
    pub fn add_repeated(&mut self, row: u64, earlier: u64) {
        let first = self.kinds.get(&Code::RowRepeated).and_then(|entry| entry.rows.first());
        let said = if first.is_none_or(|first| row < *first) {
            // written out for one of perhaps millions
            format!("the account and asset of row {earlier} again")
        } else {
            String::new()
        };
        self.add(Code::RowRepeated, row, &said);
    }

    /// Note a fault of the ledger as a whole.
    pub fn note(&mut self, code: Code, message: &str) {
        self.notes.entry(code).or_default().insert(message.to_string());
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty() && self.notes.is_empty()
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
            theirs.names.into_iter().for_each(|(row, name)| ours.name(row, &name));
        }
        for (code, theirs) in other.notes {
            self.notes.entry(code).or_default().extend(theirs);
        }
    }

    /// The error for all of them, led by the lowest row; None when there were none.
    pub fn into_error(self) -> Option<Error> {
        let mut kinds: Vec<Kind> = self.kinds.into_iter().map(|(code, entry)| entry.finish(code)).collect();
        kinds.sort_by_key(|kind| (kind.rows.first().copied(), kind.code));
        kinds.extend(self.notes.into_iter().map(|(code, notes)| whole(code, notes)));
        let first = kinds.first()?;
        let row = first.rows.first().copied();
        let place = row.map_or(String::new(), |row| format!("row {row}: "));
        let more = match kinds.iter().map(|kind| kind.count).sum::<u64>() {
            0 | 1 => String::new(),
            2 => " (and 1 more fault)".to_string(),
            total => format!(" (and {} more faults)", total - 1),
        };
        Some(Error { code: first.code, message: format!("{place}{}{more}", first.message), row, faults: kinds })
    }
}

impl Entry {
    /// Keep the names that come first, each once.
    fn name(&mut self, row: u64, name: &str) {
        match self.names.iter().find(|(_, known)| *known == name).map(|(row, _)| *row) {
            Some(known) if known <= row => return,
            Some(known) => drop(self.names.remove(&known)),
            None => {}
        }
        self.names.insert(row, name.to_string());
        if self.names.len() > SHOWN_NAMES {
            self.names.pop_last();
        }
    }

    fn finish(self, code: Code) -> Kind {
        let more = if self.names.len() == SHOWN_NAMES { " and perhaps others" } else { "" };
        let first_is_named = self.names.keys().next() == self.rows.first();
        let names = self.names.into_values().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
        let message = match (names.is_empty(), first_is_named) {
            (true, _) => self.message,
            (false, true) => format!("the snapshot has no asset {names}{more}"),
            (false, false) => format!("the snapshot has no such asset, nor {names}{more}"),
        };
        Kind { code, count: self.count, rows: self.rows.into_iter().collect(), message }
    }
}

/// A kind of fault that no single row has: its first messages, as many as rows are named.
fn whole(code: Code, notes: BTreeSet<String>) -> Kind {
    let count = notes.len() as u64;
    let mut said: Vec<String> = notes.into_iter().collect();
    said.truncate(SHOWN_ROWS);
    Kind { code, count, rows: Vec::new(), message: said.join("; ") }
}

/// The text, if it looks like an asset's code (in whatever case), with a class or without. Nothing in it can drive a
/// terminal, end the quotes around it, or be somebody's mail address.
fn plausible(asset: &[u8]) -> Option<&str> {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_".contains(byte);
    let mut parts = asset.splitn(2, |byte| *byte == b':');
    let code = parts.next()?;
    let class = parts.next();
    let named = (1..=LONGEST_NAME).contains(&code.len()) && code.iter().all(fits);
    let classed = class.is_none_or(|class| (1..=LONGEST_CLASS).contains(&class.len()) && class.iter().all(fits));
    if named && classed { std::str::from_utf8(asset).ok() } else { None }
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
        assert_eq!(error.message, "row 5: m5 (and 35 more faults)");
        assert_eq!(error.faults[0].rows, (5..25).collect::<Vec<u64>>());
        assert_eq!(error.faults[0].count, 35);
    }

    #[test]
    fn unknown_assets_are_named_by_their_first_rows_whatever_the_order() {
        let report = |step: usize| {
            let (mut left, mut right) = (Faults::default(), Faults::default());
            for i in 0..100 {
                let row = (i * step % 100) as u64;
                let half = if row % 3 == 0 { &mut left } else { &mut right };
                half.add_unknown(row, format!("COIN{}", row % 30).as_bytes());
            }
            left.add_unknown(3, b"alice@example.jp"); // columns mixed up: never repeated in a message
            right.note(Code::SumOverflow, "JPY: the sum reaches 2^128");
            left.note(Code::SumOverflow, "BTC: the sum reaches 2^128");
            right.merge(left);
            right.into_error().unwrap()
        };
        let error = report(1);
        assert_eq!(error, report(37));
        assert!(
            error.message.starts_with("row 0: the snapshot has no asset \"COIN0\", \"COIN1\", "),
            "{}",
            error.message
        );
        assert!(error.faults[0].message.ends_with("\"COIN19\" and perhaps others"), "{}", error.message);
        assert!(!error.message.contains("alice"));
        assert_eq!((error.faults[0].count, error.faults[1].count), (101, 2));
        assert_eq!(error.faults[1].rows.len(), 0);
        assert_eq!(error.faults[1].message, "BTC: the sum reaches 2^128; JPY: the sum reaches 2^128");
    }
    #[test]
    fn what_a_row_and_what_the_whole_has_stand_apart() {
        let mut faults = Faults::default();
        faults.note(Code::SumOverflow, "BTC: a sum reaches 2^128");
        assert!(!faults.is_empty());
        faults.add(Code::SumOverflow, 7, "the rows of this account reach 2^128");
        let error = faults.into_error().unwrap();
        assert_eq!(error.message, "row 7: the rows of this account reach 2^128 (and 1 more fault)");
        assert_eq!(error.faults[0].rows, [7]);
        assert_eq!((error.faults[1].count, error.faults[1].message.as_str()), (1, "BTC: a sum reaches 2^128"));
    }

    #[test]
    fn only_what_looks_like_a_code_is_named() {
        let named = |asset: &[u8]| {
            let mut faults = Faults::default();
            faults.add_unknown(1, asset);
            faults.into_error().unwrap().message
        };
        for code in ["DOGE", "doge", "BRK.B", "USD_T", "BTC:pending-withdrawal", "1INCH"] {
            assert_eq!(named(code.as_bytes()), format!("row 1: the snapshot has no asset \"{code}\""));
        }
        let strange: [&[u8]; 9] =
            [b"", b"\x1b[2J", b"A\nB", b"A\"B", b"a@b", b"BTC:", b"BTC:a:b", "\u{202e}GNP".as_bytes(), b"\xff\xfe"];
        for asset in strange {
            assert_eq!(named(asset), "row 1: the snapshot has no such asset", "{asset:?}");
        }
        assert_eq!(named(b"customer-00017"), "row 1: the snapshot has no such asset"); // columns mixed up
        let mut faults = Faults::default();
        faults.add_unknown(2, b"DOGE");
        faults.add_unknown(1, b"\x1b[2J");
        let said = faults.into_error().unwrap().message;
        assert_eq!(said, "row 1: the snapshot has no such asset, nor \"DOGE\" (and 1 more fault)");
    }
}
