//! A pile of leaves to its range of the tree: sorted, reduced, and written to its parts of the store.

use crate::compact::{Node, Placed, Range};
use crate::error::Result;
use crate::hash::Batch;
use crate::leaf::Leaf;
use crate::parallel::Watch;
use crate::reduce::reduce;
use crate::settings::Memory;
use crate::stock::Pile;
use crate::store::{Layout, PrefixDigest};

/// A file, or whatever stands for one, that threads write different parts of.
pub trait Sheet: Send + Sync {
    /// Write `bytes` at an offset.
    fn write(&self, at: u64, bytes: &[u8]) -> Result<()>;
    /// Make it last.
    fn finish(&self) -> Result<()>;
}

/// Bytes that sorting and reducing need for a leaf: itself, its key, its node, what is written.
const WORK: usize = size_of::<Leaf>() + size_of::<(u64, &Leaf)>() + 2 * size_of::<Node>() + 8;

/// A pile reduced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its leaves as a compact range.
    pub range: Range,
    /// The digest of its prefixes.
    pub digest: [u8; 32],
}

/// A thread's memory, used again from pile to pile.
#[derive(Default)]
pub struct Scratch {
    prefixes: Vec<u8>,
    nodes: Vec<Node>,
    batch: Batch,
    bytes: Vec<u8>,
    loaded: Vec<Leaf>,
}

/// Sort and reduce a pile whose first leaf is leaf `first` of the tree. Nothing is repeated in it ([`crate::stock`]).
pub fn reduce_pile(
    pile: &Pile,
    first: u64,
    layout: &Layout,
    sheet: Option<&dyn Sheet>,
    memory: Memory,
    scratch: &mut Scratch,
    watch: &Watch,
) -> Result<Part> {
    let (mut whole, mut digest) = (Range::empty(first), PrefixDigest::default());
    let parts = pile.parts(memory, WORK);
    for part in (0..parts).map(|number| pile.part(number, parts)) {
        scratch.sort(pile, part)?;
        watch.step(scratch.nodes.len() as u64)?;
        let begin = whole.end;
        digest.update(&scratch.prefixes);
        if let Some(sheet) = sheet {
            sheet.write(layout.prefix(begin), &scratch.prefixes)?;
        }
        let Scratch { nodes, batch, bytes, .. } = scratch;
        let range = reduce(begin, nodes, batch, &mut |level, first, nodes| match sheet {
            Some(sheet) if level == 0 => write_leaves(layout, sheet, bytes, first, nodes),
            Some(sheet) if layout.stores(level) => {
                bytes.clear();
                nodes.iter().for_each(|node| bytes.extend_from_slice(&node.encode()));
                sheet.write(layout.node(level, first), bytes)
            }
            _ => Ok(()),
        })?;
        let mut between = Vec::new();
        whole.merge(&range, &mut |placed| between.push(placed))?;
        write_nodes(layout, sheet, &between)?;
    }
    Ok(Part { range: whole, digest: digest.finish() })
}

/// Write single nodes, those of stored levels.
pub fn write_nodes(layout: &Layout, sheet: Option<&dyn Sheet>, nodes: &[Placed]) -> Result<()> {
    let Some(sheet) = sheet else { return Ok(()) };
    for Placed { level, index, node } in nodes {
        if layout.stores(*level) {
            sheet.write(layout.node(*level, *index), &node.encode())?;
        }
    }
    Ok(())
}

fn write_leaves(layout: &Layout, sheet: &dyn Sheet, bytes: &mut Vec<u8>, first: u64, leaves: &[Node]) -> Result<()> {
    bytes.clear();
    for leaf in leaves {
        bytes.extend_from_slice(&leaf.sum.to_be_bytes()[16 - layout.amount_width..]);
    }
    sheet.write(layout.amount(first), bytes)?;
    bytes.clear();
    leaves.iter().for_each(|leaf| bytes.extend_from_slice(&leaf.hash));
    sheet.write(layout.leaf(first), bytes)
}

impl Scratch {
    /// Put the leaves of one part of a pile in the order of their places.
    fn sort(&mut self, pile: &Pile, part: (u64, u64)) -> Result<()> {
        let Self { prefixes, nodes, bytes, loaded, .. } = self;
        pile.load(part, bytes, loaded)?;
        let mut order: Vec<(u64, &Leaf)> = pile.leaves(part, loaded).map(|leaf| (leaf.prefix(), leaf)).collect();
        order.sort_unstable_by(|(a, left), (b, right)| a.cmp(b).then_with(|| left.place().cmp(&right.place())));
        prefixes.clear();
        nodes.clear();
        for (prefix, leaf) in order {
            prefixes.extend_from_slice(&prefix.to_be_bytes());
            nodes.push(Node { hash: leaf.hash, sum: leaf.amount() });
        }
        Ok(())
    }
}
