//! Several rows of one account and asset, added up before they become leaves.

use std::sync::{Arc, Mutex};

use crate::collect::{BUCKETS, Collector, Row, Tally};
use crate::error::{Code, Result};
use crate::leaf::{Bucket, Waiting};
use crate::parallel::{Watch, in_parallel, lock};
use crate::settings::{Memory, Settings};
use crate::spill::{Disk, Segment};
use crate::stock::part_of;

/// Bytes that a waiting row needs while it is sorted, a usual id included.
const WORK: usize = 2 * size_of::<Waiting>() + 48;

/// Rows that wait in one bucket, in memory and written out.
#[derive(Default)]
struct Heap {
    held: Vec<Bucket>,
    segments: Vec<Segment>,
}

/// Rows that waited for others of their account, added up and placed in new collectors.
pub fn add_up(
    settings: &Arc<Settings>,
    collectors: Vec<Collector>,
    memory: Memory,
    disk: Option<&Arc<dyn Disk>>,
    threads: usize,
    watch: &Watch,
) -> Result<Vec<Collector>> {
    if !settings.sum_duplicates {
        return Ok(collectors);
    }
    let fresh = || Collector::new(settings.clone(), memory, disk.cloned());
    let mut first = fresh(); // carries what was counted and what was wrong
    let mut heaps: Vec<Heap> = Vec::new();
    heaps.resize_with(BUCKETS * settings.assets.len(), Heap::default);
    for mut collector in collectors {
        first.faults.merge(std::mem::take(&mut collector.faults));
        for (asset, shelf) in collector.finish()?.into_iter().enumerate() {
            first.shelves[asset].tally.merge(&Tally { largest: 0, ..shelf.tally });
            let heaps = &mut heaps[BUCKETS * asset..][..BUCKETS];
            heaps.iter_mut().zip(shelf.buckets).for_each(|(heap, bucket)| heap.held.push(bucket));
            shelf.spilt.into_iter().for_each(|(bucket, segment)| heaps[bucket].segments.push(segment));
        }
    }
    let heaps: Vec<(usize, Mutex<Heap>)> = heaps.into_iter().map(Mutex::new).enumerate().collect();
    let idle = Mutex::new(vec![first]);
    in_parallel(threads, &heaps, Vec::new, |(number, heap), bytes| {
        let mut collector = lock(&idle).pop().unwrap_or_else(fresh);
        let heap = std::mem::take(&mut *lock(heap));
        let done = heap.add_up(*number, memory, bytes, &mut collector, watch);
        lock(&idle).push(collector);
        done
    })?;
    Ok(std::mem::take(&mut *lock(&idle)))
}

impl Heap {
    fn len(&self) -> u64 {
        let held: usize = self.held.iter().map(|bucket| bucket.waiting.len()).sum();
        held as u64 + self.segments.iter().map(|segment| segment.count).sum::<u64>()
    }

    fn add_up(
        &self,
        number: usize,
        memory: Memory,
        bytes: &mut Vec<u8>,
        collector: &mut Collector,
        watch: &Watch,
    ) -> Result<()> {
        let (asset, bucket) = (number / BUCKETS, number % BUCKETS);
        let at_once = (memory.sorted / WORK).max(16) as u64;
        let parts = if self.segments.is_empty() { 1 } else { self.len().div_ceil(at_once) };
        for part in 0..parts {
            watch.step(0)?;
            let (first, last) = part_of((bucket, bucket + 1), part, parts);
            let within = |row: &Waiting| (first..=last).contains(&((row.place >> 64) as u64));
            let (mut loaded, mut ids) = (Vec::new(), Vec::new());
            for segment in &self.segments {
                segment.waiting(bytes, |row, id| {
                    if within(&row) {
                        loaded.push(Waiting { id_at: ids.len(), ..row });
                        ids.extend_from_slice(id);
                    }
                })?;
            }
            let held = self.held.iter().flat_map(|held| held.waiting.iter().map(move |row| (*row, &held.ids[..])));
            let mut waiting: Vec<(Waiting, &[u8])> = held.filter(|(row, _)| within(row)).collect();
            waiting.extend(loaded.iter().map(|row| (*row, &ids[..])));
            waiting.sort_unstable_by_key(|(row, _)| (row.place, row.number));
            add_up_sorted(asset, &waiting, collector);
            collector.failure()?;
        }
        Ok(())
    }
}

fn add_up_sorted(asset: usize, waiting: &[(Waiting, &[u8])], collector: &mut Collector) {
    let mut rows = Vec::new();
    for same in waiting.chunk_by(|(a, _), (b, _)| a.place == b.place) {
        let (first, ids) = same[0];
        let sum = same.iter().try_fold(0u128, |sum, (row, _)| sum.checked_add(row.amount));
        match sum {
            None => collector.faults.add(Code::SumOverflow, first.number, "the rows of this account reach 2^128"),
            Some(amount) => {
                let account_id = &ids[first.id_at..first.id_at + first.id_len];
                rows.push(Row { asset, account_id, amount, number: first.number });
            }
        }
    }
    rows.chunks(ROWS).for_each(|rows| collector.place(rows));
}

/// Rows that are placed before memory is looked at again.
const ROWS: usize = 4096;
