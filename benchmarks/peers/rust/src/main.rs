//! Plain Merkle trees of Rust: rs_merkle with its own SHA-256, over leaves that are hashed here. One thread, as the
//! library has it. Prints {"leaves", "seconds", "root"}.

use std::time::Instant;

use rs_merkle::{Hasher, MerkleTree, algorithms::Sha256};

fn main() {
    let count: u64 = std::env::args().nth(1).and_then(|count| count.parse().ok()).expect("how many leaves");
    let start = Instant::now();
    let leaf = |i: u64| {
        let mut bytes = [0; 40];
        bytes[..8].copy_from_slice(&i.to_be_bytes());
        Sha256::hash(&bytes)
    };
    let leaves: Vec<[u8; 32]> = (0..count).map(leaf).collect();
    let tree = MerkleTree::<Sha256>::from_leaves(&leaves);
    let root = tree.root_hex().expect("a tree of some leaves");
    println!("{{\"leaves\": {count}, \"seconds\": {}, \"root\": \"{root}\"}}", start.elapsed().as_secs_f64());
}
