//! Sixteen messages in 512-bit registers: messages 0 to 7 in the lower halves, 8 to 15 in the upper.
#![allow(unused_unsafe)] // as in avx2.rs
#![allow(clippy::incompatible_msrv)] // build.rs leaves this file out where the compiler is older

use std::arch::x86_64::*;

use crate::{BLOCK, State};

/// Messages that are hashed together.
pub const LANES: usize = 16;

type Words = __m512i;

/// Functions of registers; each is one instruction.
macro_rules! operations {
    ($($name:ident $([$shift:ident: $kind:ty])? ($($arg:ident: $type:ty),*) = $body:expr;)*) => {
        $(
            #[target_feature(enable = "avx512f,avx512bw")]
            #[inline]
            unsafe fn $name$(<const $shift: $kind>)?($($arg: $type),*) -> Words {
                // SAFETY: as the caller of `run` vouches.
                unsafe { $body }
            }
        )*
    };
}

operations! {
    splat(word: u32) = _mm512_set1_epi32(word as i32);
    add(a: Words, b: Words) = _mm512_add_epi32(a, b);
    shr[N: u32](a: Words) = _mm512_srli_epi32::<N>(a);
    ror[N: i32](a: Words) = _mm512_ror_epi32::<N>(a);
    // the immediate is the truth table of the three bits
    xor3(a: Words, b: Words, c: Words) = _mm512_ternarylogic_epi32::<0x96>(a, b, c);
    choose(e: Words, f: Words, g: Words) = _mm512_ternarylogic_epi32::<0xca>(e, f, g);
    majority(a: Words, b: Words, c: Words) = _mm512_ternarylogic_epi32::<0xe8>(a, b, c);
    low32(a: Words, b: Words) = _mm512_unpacklo_epi32(a, b);
    high32(a: Words, b: Words) = _mm512_unpackhi_epi32(a, b);
    low64(a: Words, b: Words) = _mm512_unpacklo_epi64(a, b);
    high64(a: Words, b: Words) = _mm512_unpackhi_epi64(a, b);
    low128(a: Words, b: Words) = _mm512_permutex2var_epi64(a, _mm512_set_epi64(13, 12, 5, 4, 9, 8, 1, 0), b);
    high128(a: Words, b: Words) = _mm512_permutex2var_epi64(a, _mm512_set_epi64(15, 14, 7, 6, 11, 10, 3, 2), b);
}

#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
unsafe fn pair(low: *const u8, high: *const u8) -> Words {
    // SAFETY: both callers pass pointers to 32 readable bytes; the loads need no alignment.
    unsafe {
        let low = _mm512_castsi256_si512(_mm256_loadu_si256(low.cast()));
        _mm512_inserti64x4::<1>(low, _mm256_loadu_si256(high.cast()))
    }
}

#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
unsafe fn load_states(states: &[State; LANES]) -> [Words; 8] {
    // SAFETY: a state is 32 bytes.
    std::array::from_fn(|lane| unsafe { pair(states[lane].as_ptr().cast(), states[lane + 8].as_ptr().cast()) })
}

#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
unsafe fn store_states(states: &mut [State; LANES], rows: [Words; 8]) {
    for (lane, row) in rows.into_iter().enumerate() {
        // SAFETY: a state is 32 bytes; the stores need no alignment.
        unsafe {
            _mm256_storeu_si256(states[lane].as_mut_ptr().cast(), _mm512_castsi512_si256(row));
            _mm256_storeu_si256(states[lane + 8].as_mut_ptr().cast(), _mm512_extracti64x4_epi64::<1>(row));
        }
    }
}

/// Eight big-endian words of each message's block.
#[target_feature(enable = "avx512f,avx512bw")]
#[inline]
unsafe fn load_half(messages: &[&[[u8; BLOCK]]; LANES], number: usize, half: usize) -> [Words; 8] {
    std::array::from_fn(|lane| {
        let [low, high] = [lane, lane + 8].map(|lane| &messages[lane][number][32 * half..32 * half + 32]);
        // SAFETY: 32 bytes were sliced from each.
        unsafe {
            let swap =
                _mm512_set4_epi64(0x0c0d0e0f08090a0b, 0x0405060700010203, 0x0c0d0e0f08090a0b, 0x0405060700010203);
            _mm512_shuffle_epi8(pair(low.as_ptr(), high.as_ptr()), swap)
        }
    })
}

define_run!("avx512f,avx512bw");
