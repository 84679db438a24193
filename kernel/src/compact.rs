//! Compact ranges: a contiguous range of leaves as O(log n) aligned subtrees. Neighbouring ranges merge.
//!
//! This is how threads, files and machines share the work and still get the same root. The idea is that of
//! transparency-dev/merkle; the sums are ours.

use crate::error::{Code, Result, refuse};
use crate::hash;

/// A node of the sum tree: the hash and the sum of all amounts below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node {
    /// SHA-256 of the leaf or of both children.
    pub hash: [u8; 32],
    /// Base units, below 2^128.
    pub sum: u128,
}

impl Node {
    /// Bytes of [`Node::encode`].
    pub const SIZE: usize = 48;

    /// The root of no leaves: H of the empty string, sum 0.
    pub fn empty() -> Self {
        Self { hash: hash::digest(b""), sum: 0 }
    }

    /// The parent; refused when the sum reaches 2^128.
    pub fn parent(left: &Node, right: &Node) -> Result<Node> {
        Ok(Node { hash: hash::digest(&Self::preimage(left, right)), sum: add(left.sum, right.sum)? })
    }

    /// 0x01 || left.hash(32) || left.sum(16) || right.hash(32) || right.sum(16): each child's own sum is hashed.
    pub fn preimage(left: &Node, right: &Node) -> [u8; 1 + 2 * Self::SIZE] {
        let mut out = [1; 1 + 2 * Self::SIZE];
        out[1..49].copy_from_slice(&left.encode());
        out[49..].copy_from_slice(&right.encode());
        out
    }

    /// hash(32) || sum(16, big-endian): the layout inside a parent's preimage and in the store.
    pub fn encode(&self) -> [u8; Self::SIZE] {
        let mut out = [0; Self::SIZE];
        out[..32].copy_from_slice(&self.hash);
        out[32..].copy_from_slice(&self.sum.to_be_bytes());
        out
    }

    /// The inverse of [`Node::encode`].
    pub fn decode(bytes: &[u8; Self::SIZE]) -> Self {
        let (mut hash, mut sum) = ([0; 32], [0; 16]);
        hash.copy_from_slice(&bytes[..32]);
        sum.copy_from_slice(&bytes[32..]);
        Self { hash, sum: u128::from_be_bytes(sum) }
    }
}

/// Checked addition of sums.
pub fn add(left: u128, right: u128) -> Result<u128> {
    match left.checked_add(right) {
        Some(sum) => Ok(sum),
        None => refuse(Code::SumOverflow, "a sum reaches 2^128"),
    }
}

/// A node and where it stands: it covers the leaves from index * 2^level on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// 0 for leaves.
    pub level: u32,
    /// Position in its level.
    pub index: u64,
    /// The node.
    pub node: Node,
}

/// The leaves begin..end as maximal aligned perfect subtrees, from left to right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// First leaf.
    pub begin: u64,
    /// One past the last leaf.
    pub end: u64,
    /// The subtrees.
    pub nodes: Vec<Placed>,
}

impl Range {
    /// A range without leaves that stands before leaf `begin`.
    pub fn empty(begin: u64) -> Self {
        Self { begin, end: begin, nodes: Vec::new() }
    }

    /// Take in the range that follows; `emit` is called with every node that comes into being.
    pub fn merge(&mut self, right: &Range, emit: &mut impl FnMut(Placed)) -> Result<()> {
        if right.begin != self.end {
            return refuse(Code::ArgumentMalformed, "the ranges are not neighbours");
        }
        for placed in &right.nodes {
            self.nodes.push(*placed);
            while let [.., left, last] = self.nodes[..] {
                if left.level != last.level || left.index % 2 == 1 {
                    break;
                }
                let node = Node::parent(&left.node, &last.node)?;
                let parent = Placed { level: left.level + 1, index: left.index / 2, node };
                emit(parent);
                self.nodes.truncate(self.nodes.len() - 2);
                self.nodes.push(parent);
            }
        }
        self.end = right.end;
        Ok(())
    }

    /// Close a range that begins at leaf 0: the nodes of the ragged right edge, the root last.
    ///
    /// An edge node covers fewer leaves than its level holds; an unpaired one is its only child again.
    pub fn close(&self, emit: &mut impl FnMut(Placed)) -> Result<Node> {
        if self.begin != 0 {
            return refuse(Code::ArgumentMalformed, "only a range from the first leaf has a root");
        }
        let mut perfect = self.nodes.iter().rev().peekable();
        let mut edge: Option<Node> = None;
        for level in 0..crate::shape::height(self.end) {
            if let Some(placed) = perfect.next_if(|placed| placed.level == level) {
                edge = Some(match edge {
                    Some(node) => Node::parent(&placed.node, &node)?,
                    None => placed.node,
                });
            }
            if let Some(node) = edge {
                emit(Placed { level: level + 1, index: self.end >> (level + 1), node });
            }
        }
        Ok(edge.or(perfect.next().map(|placed| placed.node)).unwrap_or_else(Node::empty))
    }
}
