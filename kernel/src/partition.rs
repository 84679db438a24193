//! The parts that a build is made of, for processes that share nothing but files: rows to placed leaves, a range of
//! leaves to its piece of the store, pieces to the whole store. `docs/scale.md` shows how they are put together.

use std::sync::{Arc, Mutex};

use crate::build::{Tree, close};
use crate::collect::{BUCKETS, Collector, Tally};
use crate::compact::Range;
use crate::error::{Code, Error, Result, refuse};
use crate::faults::Faults;
use crate::leaf_file::{LeafHead, write_leaves};
use crate::parallel::Watch;
use crate::piece::{Notes, PieceTail};
use crate::settings::{Asset, Memory, Settings};
use crate::shape::MAX_COUNT;
use crate::sorted::{Scratch, Sheet, reduce_pile};
use crate::spill::Scrap;
use crate::stock::{self, Pile};
use crate::store::{Layout, PrefixDigest};

/// An asset of fewer leaves than this in one partition has one file instead of one for each range: a long tail of
/// assets would otherwise make a hundred thousand small files.
const FEW: u64 = 1 << 12;

/// A file to read, and its size.
pub type Input = (Arc<dyn Scrap>, u64);

/// Makes the file of an asset and of its first and last range.
pub type Create<'a> = dyn FnMut(&str, usize, usize) -> Result<Box<dyn Sheet>> + 'a;

/// The first bucket of range `number` of `ranges`, as even as 256 buckets allow.
pub fn first_bucket(number: usize, ranges: usize) -> usize {
    BUCKETS * number / ranges
}

/// Write what collectors hold: for each asset, one file for each of `ranges` ranges of places (none where there are no
/// leaves).
pub fn place(
    settings: &Settings,
    collectors: Vec<Collector>,
    ranges: usize,
    create: &mut Create<'_>,
) -> Result<Vec<(Tally, Vec<LeafHead>)>> {
    if !(1..=BUCKETS).contains(&ranges) || settings.sum_duplicates {
        return refuse(Code::ArgumentMalformed, "ranges: 1 to 256, of rows that have been added up before");
    }
    let mut faults = Faults::default();
    let mut collectors = collectors;
    collectors.iter_mut().for_each(|collector| faults.merge(std::mem::take(&mut collector.faults)));
    faults.into_error().map_or(Ok(()), Err)?;
    let mut found = Vec::new();
    for (asset, (tally, piles)) in settings.assets.iter().zip(stock::piles(settings, collectors)?) {
        let count: u64 = piles.iter().map(Pile::len).sum();
        let spans: Vec<(usize, usize)> =
            if count < FEW { vec![(0, ranges)] } else { (0..ranges).map(|number| (number, number + 1)).collect() };
        let mut heads = Vec::new();
        for (first, end) in spans {
            let piles = &piles[first_bucket(first, ranges)..first_bucket(end, ranges)];
            if piles.iter().any(|pile| !pile.is_empty()) {
                heads.push(write_leaves(asset, piles, &*create(&asset.code, first, end - 1)?)?);
            }
        }
        found.push((tally, heads));
    }
    Ok(found)
}

/// One range of an asset's leaves, in the terms of the whole tree.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    /// First bucket, and one past the last.
    pub span: (usize, usize),
    /// Leaves before the range.
    pub begin: u64,
    /// Leaves of the tree.
    pub count: u64,
    /// The largest of them all.
    pub largest: u128,
}

/// Reduce a range of leaves out of all files that have some of them; write its piece of the store. Returns its leaves.
pub fn reduce(
    asset: &Asset,
    task: Task,
    files: &[Input],
    memory: Memory,
    out: &dyn Sheet,
    watch: &Watch,
) -> Result<u64> {
    if task.count >= MAX_COUNT {
        return refuse(Code::ArgumentMalformed, "count: 2^53 or more");
    }
    let layout = Layout::new(task.count, task.largest);
    let piles = read_piles(asset, task.span, layout.buckets() == 1, files)?;
    let faults = Mutex::default();
    let mut scratch = stock::Scratch::default();
    piles.iter().try_for_each(|pile| stock::find_repeats(pile, memory, &mut scratch, watch, &faults))?;
    faults.into_inner().unwrap_or_default().into_error().map_or(Ok(()), Err)?;
    let held: u64 = piles.iter().map(Pile::len).sum();
    if task.begin.checked_add(held).is_none_or(|end| end > task.count) {
        return refuse(Code::ArgumentMalformed, format!("{}: more leaves than the tree is to have", asset.code));
    }
    let (notes, mut scratch) = (Notes::new(out)?, Scratch::default());
    let (mut whole, mut firsts, mut digests) = (Range::empty(task.begin), Vec::new(), Vec::new());
    for pile in &piles {
        firsts.push(whole.end);
        let part = reduce_pile(pile, whole.end, &layout, Some(&notes), memory, &mut scratch, watch)?;
        let mut between = Vec::new();
        whole.merge(&part.range, &mut |placed| between.push(placed))?;
        crate::sorted::write_nodes(&layout, Some(&notes), &between)?;
        digests.push(part.digest);
    }
    let tail = PieceTail {
        asset: asset.code.clone(),
        key_check: asset.key.check_value(),
        layout,
        span: (task.span.0 as u64, task.span.1 as u64),
        range: whole,
        firsts,
        digests,
        writes: notes.end(),
    };
    out.write(tail.writes.0, &tail.encode())?;
    out.finish()?;
    Ok(held)
}

/// A pile for each bucket of the span, or one in all.
fn read_piles(asset: &Asset, span: (usize, usize), one: bool, files: &[Input]) -> Result<Vec<Pile>> {
    if span.0 >= span.1 || span.1 > BUCKETS {
        return refuse(Code::ArgumentMalformed, "no such range of buckets");
    }
    let mut heads = Vec::new();
    for (file, size) in files {
        let head = LeafHead::read(&**file, *size)?;
        head.belongs_to(asset)?;
        heads.push((head, file));
    }
    let pile = |span: (usize, usize)| Pile {
        span,
        held: Vec::new(),
        segments: (span.0..span.1)
            .flat_map(|bucket| heads.iter().filter_map(move |(head, file)| head.segment(file, bucket)))
            .filter(|segment| segment.count > 0)
            .collect(),
    };
    Ok(if one { vec![pile(span)] } else { (span.0..span.1).map(|bucket| pile((bucket, bucket + 1))).collect() })
}

/// Merge an asset's pieces, all of them, in any order: the whole store (made by `create` with its size) and its root.
pub fn merge(
    asset: &Asset,
    pieces: &[Input],
    create: impl FnOnce(u64) -> Result<Option<Box<dyn Sheet>>>,
) -> Result<Tree> {
    let mut tails: Vec<(PieceTail, &Input)> = Vec::new();
    for piece in pieces {
        tails.push((PieceTail::read(&*piece.0, piece.1)?, piece));
    }
    tails.sort_by_key(|(tail, _)| tail.span);
    let layout = tails.first().map_or(Layout::new(0, 0), |(tail, _)| tail.layout);
    check_row(asset, layout, &tails)?;
    let sheet = create(layout.size())?;
    let (mut firsts, mut digests) = (Vec::new(), Vec::new());
    for (tail, (file, _)) in &tails {
        if let Some(sheet) = &sheet {
            tail.apply(&**file, layout.size(), &**sheet)?;
        }
        firsts.extend(&tail.firsts);
        digests.extend(&tail.digests);
    }
    if layout.buckets() == 1 && digests.len() != 1 {
        firsts = vec![0];
        digests = vec![prefixes_of(layout, &tails)?];
    }
    firsts.push(layout.count);
    let ranges = tails.iter().map(|(tail, _)| &tail.range);
    let root = close(asset, layout, ranges, firsts, digests, sheet.as_deref())?;
    Ok(Tree { count: layout.count, root, excluded_rows: 0, excluded_amount: 0 })
}

/// The pieces must be of this asset and this key, and stand in a row from the first bucket and leaf to the last.
fn check_row(asset: &Asset, layout: Layout, tails: &[(PieceTail, &Input)]) -> Result<()> {
    let (mut bucket, mut leaf) = (0, 0);
    for (tail, _) in tails {
        if tail.key_check != asset.key.check_value() {
            return refuse(Code::KeyMismatch, format!("{}: a piece made with another snapshot key", asset.code));
        }
        let piles = if layout.buckets() == 1 { 1 } else { tail.span.1.saturating_sub(tail.span.0) };
        let fits = tail.asset == asset.code && tail.layout == layout && tail.digests.len() as u64 == piles;
        if !fits || (tail.span.0, tail.range.begin) != (bucket, leaf) {
            return refuse(Code::ArgumentMalformed, format!("{}: the pieces are not those of one tree", asset.code));
        }
        (bucket, leaf) = (tail.span.1, tail.range.end);
    }
    if !tails.is_empty() && (bucket, leaf) != (BUCKETS as u64, layout.count) {
        return refuse(Code::ArgumentMalformed, format!("{}: a piece is missing", asset.code));
    }
    Ok(())
}

/// The digest of a small tree's prefixes, out of the writes of its pieces.
fn prefixes_of(layout: Layout, tails: &[(PieceTail, &Input)]) -> Result<[u8; 32]> {
    /// Keeps what is written to the prefixes.
    struct Prefixes(u64, Mutex<Vec<u8>>);

    impl Sheet for Prefixes {
        fn write(&self, at: u64, bytes: &[u8]) -> Result<()> {
            let mut held = crate::parallel::lock(&self.1);
            let start = at.checked_sub(self.0).and_then(|at| usize::try_from(at).ok());
            if let Some(into) = start.and_then(|start| held.get_mut(start..start + bytes.len())) {
                into.copy_from_slice(bytes);
            }
            Ok(())
        }

        fn finish(&self) -> Result<()> {
            Ok(())
        }
    }
    let prefixes = Prefixes(layout.prefix(0), Mutex::new(vec![0; 8 * layout.count as usize]));
    for (tail, (file, _)) in tails {
        tail.apply(&**file, layout.size(), &prefixes)?;
    }
    let mut digest = PrefixDigest::default();
    digest.update(&prefixes.1.into_inner().map_err(|_| Error::new(Code::FileDamaged, "a thread has failed"))?);
    Ok(digest.finish())
}
