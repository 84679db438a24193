//! Builds that do not fit into memory: the same trees and the same stores, whatever is written out on the way.

mod common;

use std::sync::Arc;

use common::{KEY, Memory, Scraps, collect_within, noise};
use por_kernel_core::Code;
use por_kernel_core::build::{Output, Tree};
use por_kernel_core::settings::{self, Asset, Settings};
use por_kernel_core::spill::Disk;
use por_kernel_core::split::Rule;

const CODES: [&str; 4] = ["BTC", "BTC:lent", "ETH", "JPY"];

fn assets(sum_duplicates: bool) -> Settings {
    let asset = |(i, code): (usize, &&str)| {
        let rule = if i % 2 == 1 { Rule { pieces: 3, above: 1 << 40 } } else { Rule { pieces: 1, above: 0 } };
        Asset::new(code, 8, rule, &KEY).unwrap()
    };
    Settings::new(CODES.iter().enumerate().map(asset).collect(), false, sum_duplicates).unwrap()
}

/// A few assets with most of the rows, as in life; every account has several.
fn rows(count: u64) -> Vec<(usize, String, u128)> {
    let asset = |i: u64| if i & 7 == 0 { (noise(i) % 4) as usize } else { 0 };
    (0..count).map(|i| (asset(i), format!("user-{i}"), noise(i) as u128 >> 22)).collect()
}

fn built(
    rows: &[(usize, String, u128)],
    threads: usize,
    sum_duplicates: bool,
    limits: settings::Memory,
) -> (Vec<Tree>, Vec<Vec<u8>>, usize) {
    let rows: Vec<(usize, &str, u128)> = rows.iter().map(|(asset, id, sum)| (*asset, id.as_str(), *sum)).collect();
    let (stores, scraps) = (Memory::default(), Arc::new(Scraps::default()));
    let disk: Arc<dyn Disk> = scraps.clone();
    let output: &dyn Output = &stores;
    let trees = collect_within(assets(sum_duplicates), &rows, threads, limits, Some(disk), Some(output)).unwrap();
    (trees, CODES.iter().map(|code| stores.take(code)).collect(), scraps.bytes())
}

#[test]
fn memory_leaves_no_trace() {
    let rows = rows(90_000); // BTC has all 256 buckets, the others one
    let (trees, stores, spilt) = built(&rows, 2, false, settings::Memory::NONE);
    assert_eq!(spilt, 0);
    assert!(trees[0].count > 1 << 16 && trees[1].count < 1 << 16);
    for (collected, sorted, threads) in
        [(1 << 20, 1 << 20, 1), (300_000, 20_000, 2), (1 << 20, 1, 3), (1, 5_000, 8), (1 << 20, usize::MAX, 4)]
    {
        let limits = settings::Memory { collected, sorted };
        let (again, same, spilt) = built(&rows, threads, false, limits);
        assert!(spilt > 1_000_000, "{spilt}");
        assert!(again == trees && same == stores, "{collected} {sorted} {threads}");
    }
}

#[test]
fn rows_are_added_up_whatever_the_memory() {
    let whole = rows(20_000);
    let parts: Vec<_> = (0..3u128)
        .flat_map(|part| {
            let share = move |sum: u128| if part == 2 { sum - sum / 3 * 2 } else { sum / 3 };
            whole.iter().map(move |(asset, id, sum)| (*asset, id.clone(), share(*sum)))
        })
        .collect();
    let (trees, stores, _) = built(&whole, 2, false, settings::Memory::NONE);
    for (collected, sorted, threads) in
        [(usize::MAX, usize::MAX, 2), (1 << 18, 1 << 18, 1), (100_000, 700, 3), (1 << 16, 1 << 12, 8)]
    {
        let (again, same, spilt) = built(&parts, threads, true, settings::Memory { collected, sorted });
        assert!(again == trees && same == stores, "{collected} {sorted} {threads}");
        assert_eq!(spilt > 0, collected < usize::MAX);
    }
}

#[test]
fn repeated_rows_are_found_where_they_were_written_out() {
    let mut rows = rows(30_000);
    rows.push(rows[77].clone());
    rows.push((rows[4].0, rows[4].1.clone(), u128::MAX >> 8));
    rows.push(rows[77].clone());
    let told = |limits: settings::Memory, threads| {
        let rows: Vec<(usize, &str, u128)> = rows.iter().map(|(asset, id, sum)| (*asset, id.as_str(), *sum)).collect();
        let (stores, scraps) = (Memory::default(), Arc::new(Scraps::default()));
        let error = collect_within(assets(false), &rows, threads, limits, Some(scraps), Some(&stores)).unwrap_err();
        assert!(stores.is_empty(), "nothing is written before all faults are known");
        error
    };
    let error = told(settings::Memory::NONE, 2);
    assert_eq!((error.code, error.row), (Code::RowRepeated, Some(30_001)));
    assert_eq!((error.faults[0].count, &error.faults[0].rows[..]), (3, &[30_001, 30_002, 30_003][..]));
    assert!(error.message.contains("row 78 again"), "{}", error.message);
    for (collected, sorted, threads) in [(1 << 18, 1 << 18, 1), (100_000, 700, 3), (1, 1, 8)] {
        assert_eq!(told(settings::Memory { collected, sorted }, threads), error);
    }
}

#[test]
fn one_account_with_all_rows_is_added_up_within_the_bound() {
    let rows: Vec<(usize, &str, u128)> = (0..60_000).map(|i| (0, ["exchange", "other"][i % 2], i as u128)).collect();
    let (stores, scraps) = (Memory::default(), Arc::new(Scraps::default()));
    let limits = settings::Memory { collected: 1 << 18, sorted: 1 << 12 };
    let trees = collect_within(assets(true), &rows, 3, limits, Some(scraps.clone()), Some(&stores)).unwrap();
    assert_eq!((trees[0].count, trees[0].root.sum), (2, 59_999 * 30_000));
    assert!((1..20_000).contains(&scraps.bytes()), "{} bytes of sums", scraps.bytes());
}

#[test]
fn sums_that_overflow_are_told_whatever_was_added_up_before() {
    let mut rows: Vec<(usize, &str, u128)> = vec![(0, "whale", 1 << 125); 9];
    rows.extend(vec![(0, "shrimp", 1); 5000]);
    let told = |collected, sorted, threads| {
        let limits = settings::Memory { collected, sorted };
        let scraps = Arc::new(Scraps::default());
        collect_within(assets(true), &rows, threads, limits, Some(scraps), None).unwrap_err()
    };
    let error = told(usize::MAX, usize::MAX, 1);
    assert_eq!((error.code, error.row), (Code::SumOverflow, Some(1)));
    for (collected, sorted, threads) in [(1, 1, 1), (1000, 1, 2), (1 << 14, 1 << 12, 3)] {
        assert_eq!(told(collected, sorted, threads), error);
    }
}

#[test]
fn rows_that_are_all_repeated_are_told_within_the_bound() {
    let rows: Vec<(usize, &str, u128)> = (0..60_000).map(|i| (0, "exchange", i as u128)).collect();
    let told = |limits: settings::Memory, threads| {
        let scraps = Arc::new(Scraps::default());
        let error = collect_within(assets(false), &rows, threads, limits, Some(scraps.clone()), None).unwrap_err();
        (error, scraps.bytes())
    };
    let (error, _) = told(settings::Memory::NONE, 2);
    assert_eq!((error.code, error.row, error.faults[0].count), (Code::RowRepeated, Some(2), 59_999));
    assert!(error.message.contains("row 1 again"), "{}", error.message);
    for threads in [1, 3] {
        let (same, spilt) = told(settings::Memory { collected: 1 << 20, sorted: 1 << 12 }, threads);
        assert_eq!(same, error);
        assert!(spilt < 1 << 20, "{spilt} bytes");
    }
}
