//! Many proofs at a time out of a store, hashed together; all of them verified against the head's root.

use crate::compact::{Node, add};
use crate::derive::{Draw, Key};
use crate::error::{Code, Result, refuse};
use crate::hash::{self, Batch, START, bytes};
use crate::prove::Store;
use crate::shape;
use crate::store::STORED_LEVEL;
use crate::verify::is_account_id;

/// Accounts that are worked on together: enough to hash their leaves side by side, few enough for the cache.
pub const TOGETHER: usize = 128;

/// Leaves below a stored node.
const BLOCK: usize = 1 << STORED_LEVEL;

/// Account ids in one piece of memory.
#[derive(Default)]
pub struct Ids {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl Ids {
    /// Add an id; refuse what cannot be one.
    pub fn push(&mut self, account_id: &[u8]) -> Result<()> {
        if !is_account_id(account_id) {
            let number = self.ends.len() + 1;
            return refuse(Code::AccountIdMalformed, format!("account {number} of the list has a malformed id"));
        }
        self.bytes.extend_from_slice(account_id);
        self.ends.push(self.bytes.len());
        Ok(())
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The id at a position.
    pub fn get(&self, position: usize) -> &[u8] {
        let start = if position == 0 { 0 } else { self.ends[position - 1] };
        &self.bytes[start..self.ends[position]]
    }
}

/// One piece of an account's balance, where it stands and what salts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// Position of the account among the ids.
    pub position: usize,
    /// Number of the piece.
    pub piece: u32,
    /// Index of the leaf.
    pub index: u64,
    /// Base units.
    pub amount: u128,
    /// The leaf's salt.
    pub nonce: [u8; 16],
}

/// A thread's memory, used again from one lot of accounts to the next.
#[derive(Default)]
pub struct Scratch {
    draw: Draw,
    batch: Batch,
    nodes: Vec<Node>,
    widths: Vec<usize>,
    pairs: Vec<usize>,
}

/// Siblings of many leaves, from each leaf to the root.
#[derive(Default)]
pub struct Paths {
    nodes: Vec<Node>,
    ends: Vec<usize>,
    filled: Vec<usize>,
}

impl Paths {
    /// The path of one of them.
    pub fn get(&self, number: usize) -> &[Node] {
        &self.nodes[self.start(number)..self.ends[number]]
    }

    fn start(&self, number: usize) -> usize {
        if number == 0 { 0 } else { self.ends[number - 1] }
    }

    fn push(&mut self, number: usize, node: Node) {
        self.nodes[self.filled[number]] = node;
        self.filled[number] += 1;
    }
}

impl<B: AsRef<[u8]>> Store<B> {
    /// All pieces of the accounts at `positions`, ascending by position and piece, their leaves verified, their paths
    /// not. Accounts without a leaf are left out. `key` is [`Store::key`]'s.
    pub fn locate(
        &self,
        key: &Key,
        ids: &Ids,
        positions: std::ops::Range<usize>,
        scratch: &mut Scratch,
        found: &mut Vec<Located>,
    ) -> Result<()> {
        found.clear();
        self.find_piece(key, ids, &positions.collect::<Vec<_>>(), 0, scratch, found)?;
        let rule = self.head.rule;
        if rule.pieces > 1 {
            // whether a balance was split is told by its second piece; it then has all of them
            let mut open: Vec<usize> = found.iter().map(|located| located.position).collect();
            for piece in 1..rule.pieces {
                let before = found.len();
                self.find_piece(key, ids, &open, piece, scratch, found)?;
                if piece > 1 && found.len() - before < open.len() {
                    return Err(self.damaged());
                }
                open = found[before..].iter().map(|located| located.position).collect();
            }
            found.sort_unstable_by_key(|located| (located.position, located.piece));
            let mut wanted = Vec::new();
            for pieces in found.chunk_by(|a, b| a.position == b.position) {
                let balance = pieces.iter().try_fold(0, |sum, piece| add(sum, piece.amount));
                let balance = balance.map_err(|_| self.damaged())?;
                rule.split(key, ids.get(pieces[0].position), balance, &mut wanted);
                if !pieces.iter().map(|piece| piece.amount).eq(wanted.iter().copied()) {
                    return Err(self.damaged());
                }
            }
        }
        self.check_leaves(ids, found, &mut scratch.batch)
    }

    fn find_piece(
        &self,
        key: &Key,
        ids: &Ids,
        positions: &[usize],
        piece: u32,
        scratch: &mut Scratch,
        found: &mut Vec<Located>,
    ) -> Result<()> {
        let secrets = scratch.draw.secrets(positions.iter().map(|position| (key, piece, ids.get(*position))));
        for (position, secrets) in positions.iter().zip(secrets) {
            if let Some(index) = self.search((secrets.place >> 64) as u64)? {
                let amount = self.leaf(index).sum;
                found.push(Located { position: *position, piece, index, amount, nonce: secrets.nonce });
            }
        }
        Ok(())
    }

    fn check_leaves(&self, ids: &Ids, found: &[Located], batch: &mut Batch) -> Result<()> {
        batch.clear();
        for located in found {
            let head = hash::leaf_head(&located.nonce, located.amount);
            batch.push(&START, 0, &head, ids.get(located.position));
        }
        let same = |(located, state): (&Located, &_)| self.leaf(located.index).hash == bytes(state);
        if found.iter().zip(batch.run()).all(same) { Ok(()) } else { Err(self.damaged()) }
    }

    /// The paths of leaves, each verified from its leaf to the head's root.
    pub fn paths(&self, leaves: &[Located], scratch: &mut Scratch, paths: &mut Paths) -> Result<()> {
        let (count, height) = (self.head.layout.count, shape::height(self.head.layout.count));
        paths.ends.clear();
        paths.filled.clear();
        let mut end = 0;
        for leaf in leaves {
            paths.filled.push(end);
            end += shape::path_length(leaf.index, count);
            paths.ends.push(end);
        }
        paths.nodes.clear();
        paths.nodes.resize(end, self.head.root);
        self.lower(leaves, scratch, paths)?;
        // the nodes that stand in for the leaves from here on lie at the front of their blocks
        for level in STORED_LEVEL..height {
            let Scratch { nodes, batch, pairs, .. } = scratch;
            batch.clear();
            pairs.clear();
            for (number, leaf) in leaves.iter().enumerate() {
                let sibling = (leaf.index >> level) ^ 1;
                if sibling >= shape::width(count, level) {
                    continue;
                }
                let other = self.node(level, sibling)?;
                paths.push(number, other);
                let here = &mut nodes[BLOCK * number];
                let (left, right) = if sibling & 1 == 0 { (&other, &*here) } else { (&*here, &other) };
                batch.push(&START, 0, &Node::preimage(left, right), &[]);
                here.sum = add(here.sum, other.sum).map_err(|_| self.damaged())?;
                pairs.push(number);
            }
            for (number, state) in pairs.iter().zip(batch.run()) {
                nodes[BLOCK * number].hash = bytes(state);
            }
        }
        let rooted = (0..leaves.len()).all(|number| scratch.nodes[BLOCK * number] == self.head.root);
        let full = paths.filled == paths.ends;
        if rooted && full { Ok(()) } else { Err(self.damaged()) }
    }

    /// The levels that are not stored: each leaf's block of neighbours, hashed again.
    fn lower(&self, leaves: &[Located], scratch: &mut Scratch, paths: &mut Paths) -> Result<()> {
        let layout = &self.head.layout;
        let Scratch { nodes, widths, batch, .. } = scratch;
        nodes.clear();
        nodes.resize(BLOCK * leaves.len(), self.head.root);
        widths.clear();
        for (number, leaf) in leaves.iter().enumerate() {
            let first = leaf.index & !(BLOCK as u64 - 1);
            let width = (layout.count - first).min(BLOCK as u64) as usize;
            for at in 0..width {
                nodes[BLOCK * number + at] = self.leaf(first + at as u64);
            }
            widths.push(width);
        }
        for level in 0..STORED_LEVEL.min(shape::height(layout.count)) {
            batch.clear();
            for (number, leaf) in leaves.iter().enumerate() {
                let block = &nodes[BLOCK * number..][..widths[number]];
                let at = (leaf.index as usize % BLOCK) >> level;
                if let Some(sibling) = block.get(at ^ 1) {
                    paths.push(number, *sibling);
                }
                for pair in block.chunks_exact(2) {
                    batch.push(&START, 0, &Node::preimage(&pair[0], &pair[1]), &[]);
                }
            }
            let mut states = batch.run().iter();
            for (number, width) in widths.iter_mut().enumerate() {
                let block = &mut nodes[BLOCK * number..][..*width];
                for pair in 0..*width / 2 {
                    let sum = add(block[2 * pair].sum, block[2 * pair + 1].sum).map_err(|_| self.damaged())?;
                    if let Some(state) = states.next() {
                        block[pair] = Node { hash: bytes(state), sum };
                    }
                }
                if *width % 2 == 1 {
                    block[*width / 2] = block[*width - 1];
                }
                *width = width.div_ceil(2);
            }
        }
        Ok(())
    }
}
