//! SHA-256 on fixed layouts, one message or many at a time.
//!
//! Everything the tree hashes is short and there is a lot of it, so the work is handed over in a [`Batch`]: padded
//! messages with the state each starts from. Source: FIPS 180-4; leaf and node layouts: docs/spec, RFC 9162 tags.

use por_kernel_lanes::{Backend, Job, run};

pub use por_kernel_lanes::{BLOCK, State, compress};

/// FIPS 180-4, 5.3.3.
pub const START: State =
    [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

/// The chaining value as the 32 bytes of a digest.
pub fn bytes(state: &State) -> [u8; 32] {
    let mut out = [0; 32];
    for (chunk, word) in out.chunks_exact_mut(4).zip(state) {
        chunk.copy_from_slice(&word.to_be_bytes());
    }
    out
}

/// Messages to hash together. Each is padded as it is pushed; [`Batch::run`] turns every starting state into a result.
#[derive(Default)]
pub struct Batch {
    blocks: Vec<[u8; BLOCK]>,
    jobs: Vec<Job>,
    states: Vec<State>,
}

impl Batch {
    /// Forget the messages, keep the memory.
    pub fn clear(&mut self) {
        self.blocks.clear();
        self.jobs.clear();
        self.states.clear();
    }

    /// Add the message head || tail; `state` has already taken in `before` bytes (a multiple of 64).
    ///
    /// Heads have their width in their type: copying them is a few instructions, and most messages are mostly head.
    pub fn push<const H: usize>(&mut self, state: &State, before: u64, head: &[u8; H], tail: &[u8]) {
        let length = H + tail.len();
        let count = (length + 9).div_ceil(BLOCK); // 0x80 and eight bytes of length end every message
        let first = self.blocks.len();
        self.blocks.resize(first + count, [0; BLOCK]);
        let room = self.blocks[first..].as_flattened_mut();
        room[..H].copy_from_slice(head);
        room[H..length].copy_from_slice(tail);
        room[length] = 0x80;
        let end = count * BLOCK;
        room[end - 8..].copy_from_slice(&((before + length as u64) * 8).to_be_bytes());
        self.jobs.push(Job { first, count });
        self.states.push(*state);
    }

    /// Hash them all; the states stand in the order of the pushes.
    pub fn run(&mut self) -> &[State] {
        run(Backend::best(), &mut self.states, &self.blocks, &self.jobs);
        &self.states
    }
}

/// SHA-256 of bytes.
pub fn digest(data: &[u8]) -> [u8; 32] {
    let mut batch = Batch::default();
    batch.push(&START, 0, &[], data);
    bytes(&batch.run()[0])
}

/// What stands before the account id in a leaf, H(0x00 || nonce(16) || amount(16) || account_id).
pub fn leaf_head(nonce: &[u8; 16], amount: u128) -> [u8; 33] {
    let mut out = [0; 33];
    out[1..17].copy_from_slice(nonce);
    out[17..].copy_from_slice(&amount.to_be_bytes());
    out
}

/// The hash of a leaf.
pub fn leaf(nonce: &[u8; 16], amount: u128, account_id: &[u8]) -> [u8; 32] {
    let mut batch = Batch::default();
    batch.push(&START, 0, &leaf_head(nonce, amount), account_id);
    bytes(&batch.run()[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::Digest;

    #[test]
    fn batches_agree_with_the_library_at_every_length() {
        let text: Vec<u8> = (0..400u32).map(|i| (i * 7) as u8).collect();
        let mut batch = Batch::default();
        for length in 7..=400 {
            batch.push(&START, 0, text.first_chunk::<7>().unwrap(), &text[7..length]);
        }
        for (length, state) in (7..).zip(batch.run()) {
            assert_eq!(bytes(state)[..], sha2::Sha256::digest(&text[..length])[..], "length {length}");
        }
        for length in 0..=130 {
            assert_eq!(digest(&text[..length])[..], sha2::Sha256::digest(&text[..length])[..], "length {length}");
        }
    }

    #[test]
    fn a_state_may_have_taken_in_blocks_before() {
        let text = [9u8; 100];
        let mut state = START;
        compress(&mut state, &[[9; 64]]);
        let mut batch = Batch::default();
        batch.push(&state, 64, &[], &text[64..]);
        assert_eq!(bytes(&batch.run()[0])[..], sha2::Sha256::digest(text)[..]);
    }
}
