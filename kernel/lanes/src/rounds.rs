//! The compression function over registers that hold one word of several messages. Source: FIPS 180-4, 6.2.
//!
//! A macro, not a generic function: functions that use wider registers than the crate is compiled for have to name
//! them (`target_feature`), and generic ones cannot.

/// FIPS 180-4, 4.2.2.
#[rustfmt::skip]
pub const K: [u32; 64] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];

/// Defines `run` for a file that has `Words` (a register), `LANES` and the small operations named below, all of them
/// compiled for `$features`.
macro_rules! define_run {
    ($features:literal) => {
        /// Words 0 to 7 of every lane from rows of words, and back: an 8 x 8 transposition in each 256 bits.
        #[target_feature(enable = $features)]
        #[inline]
        unsafe fn transpose(r: [Words; 8]) -> [Words; 8] {
            // SAFETY: as the caller of `run` vouches; only registers are touched.
            unsafe {
                let (a, b) = ([low32(r[0], r[1]), low32(r[2], r[3])], [high32(r[0], r[1]), high32(r[2], r[3])]);
                let (c, d) = ([low32(r[4], r[5]), low32(r[6], r[7])], [high32(r[4], r[5]), high32(r[6], r[7])]);
                let u = [low64(a[0], a[1]), high64(a[0], a[1]), low64(b[0], b[1]), high64(b[0], b[1])];
                let v = [low64(c[0], c[1]), high64(c[0], c[1]), low64(d[0], d[1]), high64(d[0], d[1])];
                [
                    low128(u[0], v[0]),
                    low128(u[1], v[1]),
                    low128(u[2], v[2]),
                    low128(u[3], v[3]),
                    high128(u[0], v[0]),
                    high128(u[1], v[1]),
                    high128(u[2], v[2]),
                    high128(u[3], v[3]),
                ]
            }
        }

        /// Compress the blocks of [`LANES`] messages of the same length into their states.
        ///
        /// # Safety
        ///
        /// The processor must have the features that this is compiled for.
        #[target_feature(enable = $features)]
        pub unsafe fn run(states: &mut [State; LANES], messages: &[&[[u8; BLOCK]]; LANES]) {
            // SAFETY: the caller vouches for the instructions; loads and stores go through references to arrays.
            unsafe {
                let mut state = transpose(load_states(states));
                for number in 0..messages[0].len() {
                    let low = transpose(load_half(messages, number, 0));
                    let high = transpose(load_half(messages, number, 1));
                    let mut w = [
                        low[0], low[1], low[2], low[3], low[4], low[5], low[6], low[7], high[0], high[1], high[2],
                        high[3], high[4], high[5], high[6], high[7],
                    ];
                    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
                    for sixteen in 0..4 {
                        for i in 0..16 {
                            if sixteen > 0 {
                                let (far, near) = (w[(i + 1) % 16], w[(i + 14) % 16]);
                                let s0 = xor3(ror::<7>(far), ror::<18>(far), shr::<3>(far));
                                let s1 = xor3(ror::<17>(near), ror::<19>(near), shr::<10>(near));
                                w[i] = add(add(w[i], s0), add(w[(i + 9) % 16], s1));
                            }
                            let s1 = xor3(ror::<6>(e), ror::<11>(e), ror::<25>(e));
                            let k = splat($crate::rounds::K[16 * sixteen + i]);
                            let t1 = add(add(add(h, s1), choose(e, f, g)), add(k, w[i]));
                            let s0 = xor3(ror::<2>(a), ror::<13>(a), ror::<22>(a));
                            let t2 = add(s0, majority(a, b, c));
                            (h, g, f, e, d, c, b, a) = (g, f, e, add(d, t1), c, b, a, add(t1, t2));
                        }
                    }
                    for (word, more) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
                        *word = add(*word, more);
                    }
                }
                store_states(states, transpose(state));
            }
        }
    };
}
