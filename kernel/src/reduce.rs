//! A contiguous range of leaves to its compact range, level by level, so that many nodes are hashed together.

use crate::compact::{Node, Placed, Range, add};
use crate::error::Result;
use crate::hash::{Batch, START};

/// Pairs hashed together: their blocks (128 bytes a pair) stay in the first-level cache.
const PAIRS: usize = 128;

/// Reduce the leaves that stand at `begin` and after. `emit(level, first, nodes)` sees each level's run of perfect
/// nodes, the leaves (level 0) first. `nodes` is used up.
pub fn reduce(
    begin: u64,
    nodes: &mut Vec<Node>,
    batch: &mut Batch,
    emit: &mut impl FnMut(u32, u64, &[Node]) -> Result<()>,
) -> Result<Range> {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    let end = begin + nodes.len() as u64;
    let (mut level, mut first) = (0, begin);
    while !nodes.is_empty() {
        emit(level, first, nodes)?;
        let skipped = (first % 2) as usize;
        if skipped == 1 {
            left.push(Placed { level, index: first, node: nodes[0] });
        }
        let pairs = (nodes.len() - skipped) / 2;
        if let Some(node) = nodes.get(skipped + 2 * pairs) {
            right.push(Placed { level, index: first + (skipped + 2 * pairs) as u64, node: *node });
        }
        pair_up(nodes, skipped, pairs, batch)?;
        (level, first) = (level + 1, first.div_ceil(2));
    }
    left.extend(right.into_iter().rev());
    Ok(Range { begin, end, nodes: left })
}

/// Replace `nodes` by the parents of `pairs` neighbours, starting at `skipped`.
fn pair_up(nodes: &mut Vec<Node>, skipped: usize, pairs: usize, batch: &mut Batch) -> Result<()> {
    let mut done = 0;
    while done < pairs {
        let now = PAIRS.min(pairs - done);
        batch.clear();
        for pair in 0..now {
            let at = skipped + 2 * (done + pair);
            batch.push(&START, 0, &Node::preimage(&nodes[at], &nodes[at + 1]), &[]);
        }
        let states = batch.run();
        for (pair, state) in states.iter().enumerate() {
            let at = skipped + 2 * (done + pair);
            let sum = add(nodes[at].sum, nodes[at + 1].sum)?;
            nodes[done + pair] = Node { hash: crate::hash::bytes(state), sum };
        }
        done += now;
    }
    nodes.truncate(pairs);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash;

    fn leaves(count: u64) -> Vec<Node> {
        let leaf = |i: u64| Node { hash: hash::leaf(&[3; 16], i.into(), &i.to_be_bytes()), sum: i.into() };
        (0..count).map(leaf).collect()
    }

    /// RFC 9162, 2.1.1, word for word, with sums.
    fn model(leaves: &[Node]) -> Node {
        match leaves.len() {
            0 => Node::empty(),
            1 => leaves[0],
            n => {
                let split = n.next_power_of_two() / 2;
                Node::parent(&model(&leaves[..split]), &model(&leaves[split..])).unwrap()
            }
        }
    }

    fn range(begin: u64, leaves: &[Node]) -> Range {
        reduce(begin, &mut leaves.to_vec(), &mut Batch::default(), &mut |_, _, _| Ok(())).unwrap()
    }

    #[test]
    fn roots_are_those_of_the_model() {
        for count in (0..=70).chain([127, 128, 129, 1000]) {
            let leaves = leaves(count);
            assert_eq!(range(0, &leaves).close(&mut |_| ()).unwrap(), model(&leaves), "{count}");
        }
    }

    #[test]
    fn every_split_merges_to_the_same_range() {
        for count in 0..=40 {
            let leaves = leaves(count);
            let whole = range(0, &leaves);
            for a in 0..=count as usize {
                for b in a..=count as usize {
                    let mut merged = range(0, &leaves[..a]);
                    merged.merge(&range(a as u64, &leaves[a..b]), &mut |_| ()).unwrap();
                    merged.merge(&range(b as u64, &leaves[b..]), &mut |_| ()).unwrap();
                    assert_eq!(merged, whole);
                    let mut tail = range(a as u64, &leaves[a..b]);
                    tail.merge(&range(b as u64, &leaves[b..]), &mut |_| ()).unwrap();
                    let mut merged = range(0, &leaves[..a]);
                    merged.merge(&tail, &mut |_| ()).unwrap();
                    assert_eq!(merged, whole);
                }
            }
        }
    }

    #[test]
    fn ranges_that_are_no_neighbours_do_not_merge() {
        let leaves = leaves(8);
        assert!(range(0, &leaves[..3]).merge(&range(4, &leaves[4..]), &mut |_| ()).is_err());
        assert!(range(1, &leaves[1..]).close(&mut |_| ()).is_err());
    }

    #[test]
    fn sums_do_not_wrap() {
        let mut nodes = leaves(2);
        nodes[0].sum = u128::MAX;
        let error = reduce(0, &mut nodes, &mut Batch::default(), &mut |_, _, _| Ok(())).unwrap_err();
        assert_eq!(error.code, crate::error::Code::SumOverflow);
    }
}
