//! What the tests of whole builds share: a ledger, stores in memory, proofs as documents.
#![allow(dead_code)] // each test file is a program of its own and uses a part

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use por_kernel_core::build::{Means, Output, Sheet, Tree, raise, settle};
use por_kernel_core::collect::{Collector, Row};
use por_kernel_core::document::Piece;
use por_kernel_core::error::Result;
use por_kernel_core::faults::Faults;
use por_kernel_core::json::{Value, encode};
use por_kernel_core::parallel::Watch;
use por_kernel_core::settings::{self, Asset, Settings};
use por_kernel_core::spill::{Disk, Scrap};
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

/// Memory that are vectors of bytes.
#[derive(Default)]
pub struct Memory {
    sheets: Mutex<HashMap<String, Arc<Mutex<Vec<u8>>>>>,
}

impl Memory {
    pub fn is_empty(&self) -> bool {
        self.sheets.lock().unwrap().is_empty()
    }

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

/// Temporary files that are vectors of bytes, and how many bytes went there.
#[derive(Default)]
pub struct Scraps {
    pub files: Mutex<Vec<Arc<Mutex<Vec<u8>>>>>,
}

impl Scraps {
    pub fn bytes(&self) -> usize {
        self.files.lock().unwrap().iter().map(|file| file.lock().unwrap().len()).sum()
    }
}

impl Disk for Scraps {
    fn create(&self) -> Result<Box<dyn Scrap>> {
        let bytes = Arc::<Mutex<Vec<u8>>>::default();
        self.files.lock().unwrap().push(bytes.clone());
        Ok(Box::new(Bytes(bytes)))
    }
}

impl Scrap for Bytes {
    fn write(&self, at: u64, bytes: &[u8]) -> Result<()> {
        let mut file = self.0.lock().unwrap();
        assert_eq!(file.len() as u64, at, "runs are written one after the other");
        file.extend_from_slice(bytes);
        Ok(())
    }

    fn read(&self, at: u64, into: &mut [u8]) -> Result<()> {
        into.copy_from_slice(&self.0.lock().unwrap()[at as usize..][..into.len()]);
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
    collect_within(settings, rows, threads, settings::Memory::NONE, None, output)
}

/// The same with a bound on memory.
pub fn collect_within(
    settings: Settings,
    rows: &[(usize, &str, u128)],
    threads: usize,
    memory: settings::Memory,
    disk: Option<Arc<dyn Disk>>,
    output: Option<&dyn Output>,
) -> Result<Vec<Tree>> {
    let settings = Arc::new(settings);
    let new = || Collector::new(settings.clone(), memory, disk.clone());
    let mut collectors: Vec<Collector> = (0..threads).map(|_| new()).collect();
    let rows: Vec<Row<'_>> = (1..)
        .zip(rows)
        .map(|(number, (asset, id, amount))| Row { asset: *asset, account_id: id.as_bytes(), amount: *amount, number })
        .collect();
    for (i, part) in rows.chunks(1 + 1000 / threads).enumerate() {
        collectors[i % threads].push(part);
    }
    let watch = Watch::default();
    let means = Means { memory, disk, threads, watch: &watch };
    raise(&settings, settle(&settings, collectors, Faults::default(), &means)?, &means, output)
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
    build_with(ledger, rule, threads, output.map(|stores| stores as &dyn Output), false)
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
