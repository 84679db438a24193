//! What the tests of whole builds share: a ledger, stores in memory, proofs as documents.
#![allow(dead_code)] // each test file is a program of its own and uses a part

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use por_kernel_core::build::{Output, Sheet, Tree, add_up, build as build_trees};
use por_kernel_core::collect::{Asset, Collector, Row, Settings};
use por_kernel_core::document::Piece;
use por_kernel_core::error::Result;
use por_kernel_core::json::{Value, encode};
use por_kernel_core::split::Rule;

pub const KEY: [u8; 32] = *b"one snapshot key and always same";

pub type Ledger = Vec<(String, u128)>;

/// splitmix64: numbers that look like noise and are the same each time.
pub fn noise(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Stores that are vectors of bytes.
#[derive(Default)]
pub struct Memory {
    sheets: Mutex<HashMap<String, Arc<Mutex<Vec<u8>>>>>,
}

impl Memory {
    pub fn take(&self, asset: &str) -> Vec<u8> {
        self.sheets.lock().unwrap()[asset].lock().unwrap().clone()
    }
}

impl Output for Memory {
    fn create(&self, asset: &str, size: u64) -> Result<Box<dyn Sheet>> {
        let bytes = Arc::new(Mutex::new(vec![0; size as usize]));
        let before = self.sheets.lock().unwrap().insert(asset.to_string(), bytes.clone());
        assert!(before.is_none(), "each asset has one store");
        Ok(Box::new(Bytes(bytes)))
    }
}

struct Bytes(Arc<Mutex<Vec<u8>>>);

impl Sheet for Bytes {
    fn write(&self, at: u64, bytes: &[u8]) -> Result<()> {
        self.0.lock().unwrap()[at as usize..][..bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn finish(&self) -> Result<()> {
        Ok(())
    }
}

/// Rows (asset, account, amount) shared out over as many collectors as threads, then built.
pub fn collect(
    settings: Settings,
    rows: &[(usize, &str, u128)],
    threads: usize,
    output: Option<&dyn Output>,
) -> Result<Vec<Tree>> {
    let settings = Arc::new(settings);
    let mut collectors: Vec<Collector> = (0..threads).map(|_| Collector::new(settings.clone())).collect();
    let rows: Vec<Row<'_>> = (1..)
        .zip(rows)
        .map(|(number, (asset, id, amount))| Row { asset: *asset, account_id: id.as_bytes(), amount: *amount, number })
        .collect();
    for (i, part) in rows.chunks(1 + 1000 / threads).enumerate() {
        collectors[i % threads].push(part);
    }
    let collectors = add_up(&settings, collectors, threads)?;
    build_trees(&settings, collectors, threads, output)
}

pub fn build_with(
    ledger: &Ledger,
    rule: Rule,
    threads: usize,
    output: Option<&dyn Output>,
    sum_duplicates: bool,
) -> Result<Vec<Tree>> {
    let settings = Settings::new(vec![Asset::new("BTC", 8, rule, &KEY)?], false, sum_duplicates)?;
    let rows: Vec<_> = ledger.iter().map(|(id, amount)| (0, id.as_str(), *amount)).collect();
    collect(settings, &rows, threads, output)
}

pub fn build(ledger: &Ledger, rule: Rule, threads: usize, output: Option<&Memory>) -> Result<Vec<Tree>> {
    build_with(ledger, rule, threads, output.map(|memory| memory as &dyn Output), false)
}

pub fn hex(bytes: &[u8]) -> Value {
    Value::Text(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn number(value: impl ToString) -> Value {
    Value::Text(value.to_string())
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.map(|(key, value)| (key.to_string(), value)).into())
}

fn bytes(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    encode(value, &mut out);
    out
}

/// A proof document of one entry.
pub fn to_json(pieces: &[Piece]) -> Vec<u8> {
    let piece = |piece: &Piece| {
        let step =
            |node: &por_kernel_core::compact::Node| object([("hash", hex(&node.hash)), ("sum", number(node.sum))]);
        object([
            ("amount", number(piece.amount)),
            ("nonce", hex(&piece.nonce)),
            ("index", Value::Int(piece.index as i64)),
            ("path", Value::List(piece.path.iter().map(step).collect())),
        ])
    };
    let entry =
        object([("asset", Value::Text("BTC".into())), ("pieces", Value::List(pieces.iter().map(piece).collect()))]);
    bytes(&object([
        ("format", Value::Text("por-proof/1".into())),
        ("snapshot_id", hex(&[5; 32])),
        ("entries", Value::List(vec![entry])),
    ]))
}

/// The statement of one tree.
pub fn statement(tree: &Tree, rule: Rule) -> Vec<u8> {
    let row = object([
        ("asset", Value::Text("BTC".into())),
        ("decimals", Value::Int(8)),
        ("count", Value::Int(tree.count as i64)),
        ("total", number(tree.root.sum)),
        ("root", hex(&tree.root.hash)),
        ("pieces", Value::Int(rule.pieces.into())),
        ("split_above", number(rule.above)),
        ("excluded", object([("rows", Value::Int(0)), ("amount", number(0))])),
    ]);
    bytes(&object([("snapshot_id", hex(&[5; 32])), ("assets", Value::List(vec![row]))]))
}
