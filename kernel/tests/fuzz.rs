//! The fuzz targets of kernel/fuzz without libFuzzer: some seconds of seeded mutation in the test command.
//!
//! POR_FUZZ_SECONDS makes a target run longer; the seed then is the time, and is printed when something fails.

#[path = "../fuzz/src/lib.rs"]
#[allow(dead_code)]
mod targets;

mod common;

use std::path::Path;
use std::time::{Duration, Instant};

use common::noise;
use por_kernel_core::split::Rule;

/// What parsers stumble over.
const TOKENS: &[&[u8]] = &[
    b"\"",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"0",
    b"-",
    b" ",
    b"\n",
    b"\\",
    b"\x00",
    b"\xff",
    b"-0",
    b"01",
    b"1.0",
    b"1e5",
    b"99999999999999999999",
    b"9007199254740992",
    b"340282366920938463463374607431768211456",
    b"null",
    b"true",
    b"{}",
    b"[]",
    b"\\u0000",
    b"\\ud800",
    b"\\ud83d\\ude00",
    b"\\/",
    b"\"x\":1,",
    b"\xc3\xa9",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"[[[[[[[[[[[[[[[[[[",
];

/// Numbers that look like noise.
struct Rng(u64);

impl Rng {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(1);
        (noise(self.0) % limit.max(1) as u64) as usize
    }
}

fn mutate(rng: &mut Rng, corpus: &[Vec<u8>]) -> Vec<u8> {
    let mut data = corpus[rng.below(corpus.len())].clone();
    for _ in 0..1 + rng.below(4) {
        let at = rng.below(data.len() + 1);
        let to = (at + rng.below(24)).min(data.len());
        match rng.below(7) {
            0 if at < data.len() => data[at] ^= 1 << rng.below(8),
            1 => drop(data.drain(at..to)),
            2 => drop(data.splice(at..at, TOKENS[rng.below(TOKENS.len())].iter().copied())),
            3 => drop(data.splice(at..to, TOKENS[rng.below(TOKENS.len())].iter().copied())),
            4 => {
                let other = &corpus[rng.below(corpus.len())];
                let from = rng.below(other.len() + 1);
                let piece = other[from..(from + rng.below(200)).min(other.len())].to_vec();
                drop(data.splice(at..to, piece));
            }
            5 => data.truncate(at.max(1)),
            _ if at < data.len() => data[at] = rng.below(256) as u8,
            _ => {}
        }
    }
    data
}

/// Whole fields exchanged: two quoted texts or two numbers of the same document change places, so the form stays.
fn exchange(rng: &mut Rng, data: &[u8]) -> Vec<u8> {
    let mut fields = Vec::new();
    let mut at = 0;
    while at < data.len() {
        let length = match data[at] {
            b'"' => 2 + data[at + 1..].iter().take_while(|byte| **byte != b'"').count(),
            b'0'..=b'9' => data[at..].iter().take_while(|byte| byte.is_ascii_digit()).count(),
            _ => 0,
        };
        if length > 0 {
            fields.push(at..(at + length).min(data.len()));
        }
        at += length.max(1);
    }
    let (one, other) = (rng.below(fields.len()), rng.below(fields.len()));
    let (Some(one), Some(other)) = (fields.get(one.min(other)), fields.get(one.max(other))) else {
        return data.to_vec();
    };
    if one.start == other.start {
        return data.to_vec();
    }
    [&data[..one.start], &data[other.clone()], &data[one.end..other.start], &data[one.clone()], &data[other.end..]]
        .concat()
}

fn run(name: &str, corpus: &[Vec<u8>], rounds: usize, target: fn(&[u8]) -> bool) {
    let longer = std::env::var("POR_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).map(Duration::from_secs);
    let begun = Instant::now();
    let seed =
        if longer.is_some() { std::process::id() as u64 ^ begun.elapsed().as_nanos() as u64 } else { 20_261_120 };
    let mut rng = Rng(noise(seed) ^ name.len() as u64);
    let mut accepted = corpus.iter().filter(|data| target(data)).count();
    assert!(accepted > 0 && accepted < corpus.len(), "{name}: the corpus has good and bad");
    let mut round = 0;
    while longer.map_or(round < rounds, |longer| begun.elapsed() < longer) {
        let mut data = mutate(&mut rng, corpus);
        if round % 3 == 0 {
            data = corpus[rng.below(corpus.len())].clone();
            for _ in 0..1 + rng.below(2) {
                data = exchange(&mut rng, &data);
            }
        }
        let told = std::panic::catch_unwind(|| target(&data));
        accepted += usize::from(told.as_ref().is_ok_and(|accepted| *accepted));
        assert!(told.is_ok(), "{name}, seed {seed}, round {round}: {:?}", String::from_utf8_lossy(&data));
        round += 1;
    }
    println!("{name}: {round} rounds, {accepted} accepted");
}

/// Every vector's proof or statement as bytes.
fn vectors(key: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/vectors");
    let mut names: Vec<_> = std::fs::read_dir(folder).expect("vectors").map(|file| file.unwrap().path()).collect();
    names.sort();
    let read = |path| -> Vec<u8> {
        let vector: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        match vector.get(format!("{key}_text")) {
            Some(text) => text.as_str().unwrap().as_bytes().to_vec(),
            None => serde_json::to_vec(&vector[key]).unwrap(),
        }
    };
    names.into_iter().map(read).collect()
}

#[test]
fn json_is_canonical_or_refused() {
    let mut corpus = vectors("proof");
    corpus.extend(TOKENS.iter().map(|token| token.to_vec()));
    run("json", &corpus, 30_000, targets::json);
}

#[test]
fn accepted_proofs_are_honest() {
    let mut corpus = vectors("proof");
    corpus.extend((0..100).map(|_| targets::PROOF.clone()));
    run("proof", &corpus, 6_000, targets::proof);
}

#[test]
fn no_statement_changes_what_a_proof_shows() {
    let mut corpus = vectors("statement");
    corpus.extend((0..100).map(|_| targets::STATEMENT.clone()));
    run("statement", &corpus, 4_000, targets::statement);
}

#[test]
fn damaged_stores_are_refused() {
    let mut corpus = Vec::new();
    for (count, pieces) in [(0, 1), (1, 1), (17, 1), (40, 3)] {
        let people = (0..count).map(|number| (format!("user-{number}"), number * 1000)).collect();
        let memory = common::Memory::default();
        common::build(&people, Rule::new(pieces, 0).unwrap(), 1, Some(&memory)).unwrap();
        corpus.push(memory.take("BTC"));
    }
    run("store", &corpus, 20_000, targets::store);
}
