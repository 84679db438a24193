//! A store against itself: every node and every prefix, up to the root that its head states.

use std::sync::Mutex;

use crate::compact::{Placed, Range};
use crate::error::Result;
use crate::hash::Batch;
use crate::parallel::{in_parallel, lock};
use crate::prove::Store;
use crate::reduce::reduce;

/// Leaves that a thread reduces at a time.
const SPAN: u64 = 1 << 14;

impl<B: AsRef<[u8]> + Sync> Store<B> {
    /// Hash the whole tree again, on `threads` threads, and compare it with everything that is stored.
    pub fn check(&self, threads: usize) -> Result<()> {
        let layout = self.head.layout;
        let buckets: Vec<usize> = (0..self.head.digests.len()).collect();
        in_parallel(threads, &buckets, || (), |bucket, ()| self.check_prefixes(*bucket))?;
        let spans: Vec<u64> = (0..layout.count.div_ceil(SPAN)).collect();
        let ranges = Mutex::new(vec![Range::empty(0); spans.len()]);
        let same = |placed: Placed| match layout.stores(placed.level) {
            true => self.node(placed.level, placed.index).is_ok_and(|node| node == placed.node),
            false => true,
        };
        let scratch = || (Vec::new(), Batch::default());
        in_parallel(threads, &spans, scratch, |span, (nodes, batch)| {
            let first = span * SPAN;
            nodes.extend((first..(first + SPAN).min(layout.count)).map(|index| self.leaf(index)));
            let range = reduce(first, nodes, batch, &mut |level, first, nodes| {
                let placed = (first..).zip(nodes).map(|(index, node)| Placed { level, index, node: *node });
                if placed.into_iter().all(same) { Ok(()) } else { Err(self.damaged()) }
            });
            lock(&ranges)[*span as usize] = range.map_err(|_| self.damaged())?;
            Ok(())
        })?;
        let (mut whole, mut good) = (Range::empty(0), true);
        for range in lock(&ranges).iter() {
            whole.merge(range, &mut |placed| good &= same(placed)).map_err(|_| self.damaged())?;
        }
        let root = whole.close(&mut |placed| good &= same(placed)).map_err(|_| self.damaged())?;
        if good && root == self.head.root { Ok(()) } else { Err(self.damaged()) }
    }
}
