//! Eight messages in 256-bit registers.
#![allow(unused_unsafe)] // since Rust 1.87 most of these intrinsics are safe where their features are enabled

use std::arch::x86_64::*;

use crate::{BLOCK, State};

/// Messages that are hashed together.
pub const LANES: usize = 8;

type Words = __m256i;

/// Functions of registers; each is one or a few instructions.
macro_rules! operations {
    ($($name:ident $([$shift:ident])? ($($arg:ident: $type:ty),*) = $body:expr;)*) => {
        $(
            #[target_feature(enable = "avx2")]
            #[inline]
            unsafe fn $name$(<const $shift: i32>)?($($arg: $type),*) -> Words {
                // SAFETY: as the caller of `run` vouches.
                unsafe { $body }
            }
        )*
    };
}

operations! {
    splat(word: u32) = _mm256_set1_epi32(word as i32);
    add(a: Words, b: Words) = _mm256_add_epi32(a, b);
    shr[N](a: Words) = _mm256_srl_epi32(a, _mm_cvtsi32_si128(N));
    ror[N](a: Words) = _mm256_or_si256(_mm256_srl_epi32(a, _mm_cvtsi32_si128(N)), _mm256_sll_epi32(a, _mm_cvtsi32_si128(32 - N)));
    xor3(a: Words, b: Words, c: Words) = _mm256_xor_si256(_mm256_xor_si256(a, b), c);
    choose(e: Words, f: Words, g: Words) = _mm256_xor_si256(g, _mm256_and_si256(e, _mm256_xor_si256(f, g)));
    majority(a: Words, b: Words, c: Words) = _mm256_or_si256(_mm256_and_si256(a, b), _mm256_and_si256(c, _mm256_or_si256(a, b)));
    low32(a: Words, b: Words) = _mm256_unpacklo_epi32(a, b);
    high32(a: Words, b: Words) = _mm256_unpackhi_epi32(a, b);
    low64(a: Words, b: Words) = _mm256_unpacklo_epi64(a, b);
    high64(a: Words, b: Words) = _mm256_unpackhi_epi64(a, b);
    low128(a: Words, b: Words) = _mm256_permute2x128_si256::<0x20>(a, b);
    high128(a: Words, b: Words) = _mm256_permute2x128_si256::<0x31>(a, b);
}

#[target_feature(enable = "avx2")]
#[inline]
unsafe fn load_states(states: &[State; LANES]) -> [Words; 8] {
    // SAFETY: a state is 32 bytes, and the load needs no alignment.
    std::array::from_fn(|lane| unsafe { _mm256_loadu_si256(states[lane].as_ptr().cast()) })
}

#[target_feature(enable = "avx2")]
#[inline]
unsafe fn store_states(states: &mut [State; LANES], rows: [Words; 8]) {
    for (state, row) in states.iter_mut().zip(rows) {
        // SAFETY: as above.
        unsafe { _mm256_storeu_si256(state.as_mut_ptr().cast(), row) };
    }
}

/// Eight big-endian words of each message's block.
#[target_feature(enable = "avx2")]
#[inline]
unsafe fn load_half(messages: &[&[[u8; BLOCK]]; LANES], number: usize, half: usize) -> [Words; 8] {
    std::array::from_fn(|lane| {
        let bytes = &messages[lane][number][32 * half..32 * half + 32];
        // SAFETY: 32 bytes were sliced, and the load needs no alignment.
        unsafe {
            let swap =
                _mm256_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203, 0x0c0d0e0f08090a0b, 0x0405060700010203);
            _mm256_shuffle_epi8(_mm256_loadu_si256(bytes.as_ptr().cast()), swap)
        }
    })
}

define_run!("avx2");
