//! SHA-256 of many independent short messages at once.
//!
//! A tree's messages are short, many and independent, so that the words of 16 (AVX-512) or 8 (AVX2) of them share a
//! register: several times the speed of one message after the other where the processor has no SHA instructions, and
//! at least theirs where it has AVX-512. Elsewhere, and for what is left over, the `sha2` crate compresses one message at a time.
//! All paths are tested against each other. The unsafe code of the kernel's hashing is in this crate and nowhere else.

#[cfg(target_arch = "x86_64")]
#[macro_use]
mod rounds;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(all(target_arch = "x86_64", has_avx512))]
mod avx512;

use std::sync::OnceLock;

/// A SHA-256 chaining value.
pub type State = [u32; 8];

/// Bytes of a compression's input.
pub const BLOCK: usize = 64;

/// Where a message's blocks lie.
#[derive(Clone, Copy, Debug)]
pub struct Job {
    /// Number of its first block.
    pub first: usize,
    /// How many blocks it has.
    pub count: usize,
}

/// A way to compress that this processor offers. Only [`Backend::available`] makes them, having asked the processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backend(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// One message at a time, with SHA instructions where there are any.
    Single,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(all(target_arch = "x86_64", has_avx512))]
    Avx512,
}

impl Backend {
    /// The fastest one here.
    pub fn best() -> Self {
        static BEST: OnceLock<Backend> = OnceLock::new();
        *BEST.get_or_init(|| Self::available()[0])
    }

    /// All that are worth using here, fastest first; the last one compresses one message at a time.
    pub fn available() -> Vec<Self> {
        let mut found = Vec::new();
        #[cfg(all(target_arch = "x86_64", has_avx512))]
        if is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw") {
            found.push(Self(Kind::Avx512));
        }
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && !is_x86_feature_detected!("sha") {
            found.push(Self(Kind::Avx2)); // eight lanes are slower than SHA instructions
        }
        found.push(Self(Kind::Single));
        found
    }

    /// Its name, for benchmarks.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Single => "single",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "avx2",
            #[cfg(all(target_arch = "x86_64", has_avx512))]
            Kind::Avx512 => "avx512",
        }
    }

    fn lanes(self) -> usize {
        match self.0 {
            Kind::Single => 1,
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => avx2::LANES,
            #[cfg(all(target_arch = "x86_64", has_avx512))]
            Kind::Avx512 => avx512::LANES,
        }
    }
}

/// Messages of more blocks than this are hashed alone. Account ids keep ours at five; a store's chunks have 17.
const GROUPED: usize = 18;

/// Lanes of the widest backend.
const MOST_LANES: usize = 16;

/// Run every job's blocks through its state. Panics when a job's blocks are not there.
pub fn run(backend: Backend, states: &mut [State], blocks: &[[u8; BLOCK]], jobs: &[Job]) {
    assert_eq!(states.len(), jobs.len());
    let lanes = backend.lanes();
    if lanes == 1 || jobs.len() < lanes / 2 {
        return jobs.iter().enumerate().for_each(|(i, job)| single(&mut states[i], blocks, job));
    }
    // messages of the same length go together
    let mut groups = [[0; MOST_LANES]; GROUPED + 1];
    let mut filled = [0; GROUPED + 1];
    for (i, job) in jobs.iter().enumerate() {
        if job.count > GROUPED {
            single(&mut states[i], blocks, job);
            continue;
        }
        let (group, filled) = (&mut groups[job.count], &mut filled[job.count]);
        group[*filled] = i;
        *filled += 1;
        if *filled == lanes {
            several(backend, states, blocks, jobs, group);
            *filled = 0;
        }
    }
    // a group that is not full costs as much as one that is
    for (group, filled) in groups.iter_mut().zip(filled) {
        if filled > lanes / 4 {
            let last = group[filled - 1];
            group[filled..lanes].fill(last); // computed several times, stored with the same result
            several(backend, states, blocks, jobs, group);
        } else {
            group[..filled].iter().for_each(|i| single(&mut states[*i], blocks, &jobs[*i]));
        }
    }
}

fn single(state: &mut State, blocks: &[[u8; BLOCK]], job: &Job) {
    compress(state, &blocks[job.first..job.first + job.count]);
}

/// Run the compression function over one message's whole blocks.
pub fn compress(state: &mut State, blocks: &[[u8; BLOCK]]) {
    sha2::block_api::compress256(state, blocks);
}

/// Messages of one length, each lane's number in `group`; numbers beyond the backend's lanes are not looked at.
fn several(backend: Backend, states: &mut [State], blocks: &[[u8; BLOCK]], jobs: &[Job], group: &[usize; MOST_LANES]) {
    match backend.0 {
        Kind::Single => unreachable!("one message is no group"),
        #[cfg(target_arch = "x86_64")]
        Kind::Avx2 => {
            // SAFETY: `Backend::available` has asked the processor for AVX2, and nothing else makes this kind.
            with_lanes(states, blocks, jobs, group, |states, messages| unsafe { avx2::run(states, messages) });
        }
        #[cfg(all(target_arch = "x86_64", has_avx512))]
        Kind::Avx512 => {
            // SAFETY: `Backend::available` has asked for AVX-512 F and BW, and nothing else makes this kind.
            with_lanes(states, blocks, jobs, group, |states, messages| unsafe { avx512::run(states, messages) });
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn with_lanes<const N: usize>(
    states: &mut [State],
    blocks: &[[u8; BLOCK]],
    jobs: &[Job],
    group: &[usize; MOST_LANES],
    run: impl Fn(&mut [State; N], &[&[[u8; BLOCK]]; N]),
) {
    let mut own: [State; N] = std::array::from_fn(|lane| states[group[lane]]);
    let messages = std::array::from_fn(|lane| {
        let job = &jobs[group[lane]];
        &blocks[job.first..job.first + job.count]
    });
    run(&mut own, &messages);
    for (lane, state) in own.into_iter().enumerate() {
        states[group[lane]] = state;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that differ everywhere, from a fixed seed (xorshift64*).
    fn noise(count: usize) -> Vec<u8> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 56) as u8
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn all_backends_agree_on_messages_of_mixed_lengths() {
        for jobs in (0..70).chain([255, 256, 257]) {
            let counts: Vec<usize> = noise(jobs).iter().map(|byte| usize::from(*byte) % 21).collect();
            let blocks: Vec<[u8; BLOCK]> =
                noise(64 * counts.iter().sum::<usize>()).chunks(64).map(|block| block.try_into().unwrap()).collect();
            let mut first = 0;
            let jobs: Vec<Job> = counts
                .into_iter()
                .map(|count| {
                    first += count;
                    Job { first: first - count, count }
                })
                .collect();
            let start: Vec<State> = (0..jobs.len() as u32).map(|i| [i, 1, 2, 3, 4, 5, 6, u32::MAX - i]).collect();
            let results = Backend::available().into_iter().map(|backend| {
                let mut states = start.clone();
                run(backend, &mut states, &blocks, &jobs);
                (backend, states)
            });
            let results: Vec<_> = results.collect();
            for (backend, states) in &results {
                assert_eq!(states, &results[results.len() - 1].1, "{backend:?}, {} messages", jobs.len());
            }
        }
    }

    #[test]
    #[should_panic]
    fn blocks_that_are_not_there_are_not_read() {
        let jobs = [Job { first: 1, count: 2 }; 16];
        run(Backend::best(), &mut [[0; 8]; 16], &[[0; BLOCK]; 2], &jobs);
    }
}
