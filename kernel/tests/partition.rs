//! A tree built in parts that share nothing but files: the same root and the same store as in one piece.

mod common;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use common::{KEY, Memory, collect, noise};
use por_kernel_core::Code;
use por_kernel_core::build::{Sheet, Tree};
use por_kernel_core::collect::{Collector, Row};
use por_kernel_core::error::Result;
use por_kernel_core::parallel::Watch;
use por_kernel_core::partition::{Input, Task, first_bucket, merge, place, reduce};
use por_kernel_core::settings::{self, Asset, Settings};
use por_kernel_core::spill::Scrap;
use por_kernel_core::split::Rule;

type Bytes = Arc<Mutex<Vec<u8>>>;

/// A file that grows as it is written.
#[derive(Default, Clone)]
struct File(Bytes);

impl Sheet for File {
    fn write(&self, at: u64, bytes: &[u8]) -> Result<()> {
        let mut file = self.0.lock().unwrap();
        let end = at as usize + bytes.len();
        if file.len() < end {
            file.resize(end, 0);
        }
        file[at as usize..end].copy_from_slice(bytes);
        Ok(())
    }

    fn finish(&self) -> Result<()> {
        Ok(())
    }
}

impl Scrap for File {
    fn write(&self, _: u64, _: &[u8]) -> Result<()> {
        unreachable!("inputs are read only")
    }

    fn read(&self, at: u64, into: &mut [u8]) -> Result<()> {
        into.copy_from_slice(&self.0.lock().unwrap()[at as usize..][..into.len()]);
        Ok(())
    }
}

impl File {
    fn input(&self) -> Input {
        (Arc::new(self.clone()), self.0.lock().unwrap().len() as u64)
    }

    fn of(bytes: &[u8]) -> Self {
        Self(Arc::new(Mutex::new(bytes.to_vec())))
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }
}

const RULE: Rule = Rule { pieces: 2, above: 1 << 41 };

fn settings() -> Settings {
    Settings::new(vec![Asset::new("BTC:lent", 8, RULE, &KEY).unwrap()], false, false).unwrap()
}

fn rows(count: u64) -> Vec<(String, u128)> {
    (0..count).map(|i| (format!("user-{i}"), noise(i) as u128 >> 20)).collect()
}

/// The store and the tree, built at once.
fn whole(rows: &[(String, u128)]) -> (Tree, Vec<u8>) {
    let memory = Memory::default();
    let rows: Vec<(usize, &str, u128)> = rows.iter().map(|(id, sum)| (0, id.as_str(), *sum)).collect();
    let tree = collect(settings(), &rows, 2, Some(&memory)).unwrap().remove(0);
    (tree, memory.take("BTC:lent"))
}

/// Files of leaves from `parts` partitions of the rows, and how many leaves each bucket has.
fn placed(rows: &[(String, u128)], parts: usize, ranges: usize) -> (Vec<File>, Vec<u64>, u128) {
    let (mut files, mut counts, mut largest, settings) = (Vec::new(), vec![0; 256], 0, Arc::new(settings()));
    let size = rows.len().div_ceil(parts).max(1);
    for (first, part) in (1..).step_by(size).zip(rows.chunks(size)) {
        let mut collector = Collector::new(settings.clone(), settings::Memory::NONE, None);
        let part: Vec<Row<'_>> = (first..)
            .zip(part)
            .map(|(number, (id, amount))| Row { asset: 0, account_id: id.as_bytes(), amount: *amount, number })
            .collect();
        collector.push(&part);
        let made = place(&settings, vec![collector], ranges, &mut |asset, _, _| {
            assert_eq!(asset, "BTC:lent");
            files.push(File::default());
            Ok(Box::new(files[files.len() - 1].clone()))
        });
        for head in &made.unwrap()[0].1 {
            head.table.iter().zip(&mut counts[head.span.0..]).for_each(|((count, _), sum)| *sum += count);
            largest = largest.max(head.largest);
        }
    }
    (files, counts, largest)
}

fn task(counts: &[u64], largest: u128, span: (usize, usize)) -> Task {
    Task { span, begin: counts[..span.0].iter().sum(), count: counts.iter().sum(), largest }
}

fn reduced(files: &[File], task: Task, limits: settings::Memory) -> Result<File> {
    let (piece, inputs) = (File::default(), files.iter().map(File::input).collect::<Vec<_>>());
    reduce(&settings().assets[0], task, &inputs, limits, &piece, &Watch::default())?;
    Ok(piece)
}

fn merged(pieces: &[File]) -> Result<(Tree, Vec<u8>)> {
    let (store, inputs) = (File::default(), pieces.iter().map(File::input).collect::<Vec<_>>());
    let sheet = store.clone();
    let tree = merge(&settings().assets[0], &inputs, |_| Ok(Some(Box::new(sheet))))?;
    Ok((tree, store.bytes()))
}

#[test]
fn the_same_store_from_any_partitions() {
    for count in [0, 1, 2, 50, 3000, 36_000] {
        let rows = rows(count); // split ones make 36,000 rows more leaves than a store of one bucket has
        let wanted = whole(&rows);
        for (parts, ranges, sorted) in
            [(1, 1, usize::MAX), (2, 2, 1 << 20), (7, 7, 50_000), (3, 64, usize::MAX), (1, 256, 1)]
        {
            let (files, counts, largest) = placed(&rows, parts, ranges);
            let limits = settings::Memory { sorted, ..settings::Memory::NONE };
            let mut pieces = Vec::new();
            for number in 0..if count == 0 { 0 } else { ranges } {
                let span = (first_bucket(number, ranges), first_bucket(number + 1, ranges));
                pieces.push(reduced(&files, task(&counts, largest, span), limits).unwrap());
            }
            let third = pieces.len() / 3;
            pieces.rotate_left(third);
            assert!(merged(&pieces).unwrap() == wanted, "{count} {parts} {ranges}");
        }
    }
}

#[test]
fn rows_that_stand_in_two_partitions_are_refused() {
    let mut rows = rows(3000);
    rows.push(rows[1].clone());
    let (files, counts, largest) = placed(&rows, 3, 4);
    let errors: Vec<_> = (0..4)
        .filter_map(|number| {
            let span = (64 * number, 64 * number + 64);
            reduced(&files, task(&counts, largest, span), settings::Memory::NONE).err()
        })
        .collect();
    let rows: Vec<_> = errors.iter().map(|error| (error.code, error.row)).collect();
    assert!(rows.contains(&(Code::RowRepeated, Some(3001))), "{rows:?}");
}

#[test]
fn pieces_of_other_trees_and_missing_ones_are_refused() {
    let (files, counts, largest) = placed(&rows(5000), 2, 4);
    let piece = |span| reduced(&files, task(&counts, largest, span), settings::Memory::NONE).unwrap();
    let all: Vec<File> = (0..4).map(|number| piece((64 * number, 64 * number + 64))).collect();
    let code = |pieces: &[File]| merged(pieces).err().map(|error| error.code);
    assert_eq!(code(&all), None);
    for wrong in [&all[..3], &all[1..], &[all[0].clone(), all[2].clone(), all[3].clone()][..]] {
        assert_eq!(code(wrong), Some(Code::ArgumentMalformed));
    }
    let (files, counts, largest) = placed(&rows(4999), 2, 4);
    let other = reduced(&files, task(&counts, largest, (0, 64)), settings::Memory::NONE).unwrap();
    assert_eq!(code(&[&[other], &all[1..]].concat()), Some(Code::ArgumentMalformed));
    assert_eq!(code(&[&all[..], &all[..1]].concat()), Some(Code::ArgumentMalformed));
    let key = |asset: &str, key| Asset::new(asset, 8, RULE, key).unwrap();
    let inputs: Vec<Input> = all.iter().map(File::input).collect();
    let merged = |asset: &Asset| merge(asset, &inputs, |_| Ok(None)).err().map(|error| error.code);
    assert_eq!(merged(&key("BTC:lent", &[1; 32])), Some(Code::KeyMismatch));
    assert_eq!(merged(&key("BTC", &KEY)), Some(Code::KeyMismatch));
    let leaves: Vec<Input> = files.iter().map(File::input).collect();
    for asset in [key("BTC:lent", &[1; 32]), key("BTC", &KEY)] {
        let task = task(&counts, largest, (0, 64));
        let watch = Watch::default();
        assert!(reduce(&asset, task, &leaves, settings::Memory::NONE, &File::default(), &watch).is_err());
    }
}

#[test]
fn any_changed_byte_is_seen() {
    let rows = rows(200);
    let (files, counts, largest) = placed(&rows, 1, 2);
    let whole_task = task(&counts, largest, (0, 256));
    let piece = reduced(&files, whole_task, settings::Memory::NONE).unwrap();
    let wanted = merged(std::slice::from_ref(&piece)).unwrap();
    let mut seen = HashMap::new();
    let mut note = |found: Result<()>, at: usize| {
        let code = found.expect_err(&format!("byte {at}")).code;
        *seen.entry(code.slug()).or_insert(0) += 1;
    };
    let bytes = files[0].bytes();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        note(reduced(&[File::of(&changed)], whole_task, settings::Memory::NONE).map(drop), at);
        if at % 7 == 0 {
            note(reduced(&[File::of(&bytes[..at])], whole_task, settings::Memory::NONE).map(drop), at);
        }
    }
    let bytes = piece.bytes();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        note(merged(&[File::of(&changed)]).map(drop), at);
        if at % 7 == 0 {
            note(merged(&[File::of(&bytes[..at])]).map(drop), at);
        }
    }
    assert_eq!(seen.into_keys().collect::<Vec<_>>(), ["file-damaged"]);
    assert!(merged(&[File::of(&bytes)]).unwrap() == wanted);
}
