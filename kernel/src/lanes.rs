//! Compressions of independent messages.

use crate::hash::{BLOCK, State, compress};

/// Where a message's blocks lie.
#[derive(Clone, Copy)]
pub struct Job {
    pub first: usize,
    pub count: usize,
}

/// Run every job's blocks through its state.
pub fn run(states: &mut [State], blocks: &[[u8; BLOCK]], jobs: &[Job]) {
    for (state, job) in states.iter_mut().zip(jobs) {
        compress(state, &blocks[job.first..job.first + job.count]);
    }
}
