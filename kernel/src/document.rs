//! Proof and statement as their JSON documents say, checked in the order that docs/spec fixes, before any hashing.

use std::collections::HashSet;

use crate::amounts::{MAX_DECIMALS, parse_canonical};
use crate::error::{Code, Error, Result, refuse};
use crate::json::{self, Value};
use crate::split::MAX_PIECES;

/// The only version there is.
pub const PROOF_FORMAT: &str = "por-proof/1";

/// An asset's row of the signed statement: everything a proof is checked against.
#[derive(Clone, Debug)]
pub struct AssetRow {
    pub asset: String,
    pub count: u64,
    pub total: u128,
    pub root: [u8; 32],
    pub pieces: u32,
    pub split_above: u128,
}

/// The part of a statement that proofs need.
#[derive(Clone, Debug)]
pub struct Statement {
    pub snapshot_id: [u8; 32],
    pub assets: Vec<AssetRow>,
}

/// A leaf that a proof shows, and its siblings from the leaf to the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    pub amount: u128,
    pub nonce: [u8; 16],
    pub index: u64,
    pub path: Vec<crate::compact::Node>,
}

/// All of an account's leaves of one asset.
#[derive(Clone, Debug)]
pub struct Entry {
    pub asset: String,
    pub pieces: Vec<Piece>,
}

/// An inclusion proof; the account id is not in it.
#[derive(Clone, Debug)]
pub struct Proof {
    pub snapshot_id: [u8; 32],
    pub entries: Vec<Entry>,
}

/// Read `{"snapshot_id", "assets": [manifest rows]}`.
pub fn parse_statement(data: &[u8]) -> Result<Statement> {
    let value = json::decode(data, "statement")?;
    let bad = |place: &str| Error::new(Code::StatementMalformed, format!("statement{place}: not what a statement has"));
    let [id, assets] = fields(&value, ["snapshot_id", "assets"]).ok_or_else(|| bad(""))?;
    let (Value::Text(id), Value::List(rows)) = (id, assets) else {
        return Err(bad(""));
    };
    let mut raw = Vec::with_capacity(rows.len());
    for (i, row) in rows.iter().enumerate() {
        raw.push(RawRow::read(row).ok_or_else(|| bad(&format!(".assets[{i}]")))?);
    }
    let snapshot_id = hex(id, "statement.snapshot_id")?;
    let mut found = Vec::with_capacity(raw.len());
    for (i, row) in raw.iter().enumerate() {
        found.push(row.check(&format!("statement.assets[{i}]"))?);
    }
    let mut ascending = Ascending::default();
    for row in &found {
        ascending.next(&row.asset, Code::StatementAssetRepeated, Code::StatementAssetOrder)?;
    }
    Ok(Statement { snapshot_id, assets: found })
}

struct RawRow<'a> {
    texts: [&'a str; 4],
    numbers: [i64; 3],
    excluded: (i64, &'a str),
}

impl<'a> RawRow<'a> {
    fn read(value: &'a Value) -> Option<Self> {
        let names = ["asset", "total", "root", "split_above", "decimals", "count", "pieces", "excluded"];
        let [asset, total, root, above, decimals, count, pieces, excluded] = fields(value, names)?;
        let [rows, amount] = fields(excluded, ["rows", "amount"])?;
        Some(Self {
            texts: [text(asset)?, text(total)?, text(root)?, text(above)?],
            numbers: [int(decimals)?, int(count)?, int(pieces)?],
            excluded: (int(rows)?, text(amount)?),
        })
    }

    fn check(&self, place: &str) -> Result<AssetRow> {
        let bad = || Error::new(Code::StatementMalformed, format!("{place}: a field is out of range"));
        let ([asset, total, root, above], [decimals, count, pieces]) = (self.texts, self.numbers);
        check_asset(asset, place)?;
        let count = u64::try_from(count).map_err(|_| bad())?;
        let pieces = u32::try_from(pieces).map_err(|_| bad())?;
        let pieces_fit = (1..=MAX_PIECES).contains(&pieces);
        if !(0..=i64::from(MAX_DECIMALS)).contains(&decimals) || !pieces_fit || self.excluded.0 < 0 {
            return Err(bad());
        }
        let total = amount(total, &format!("{place}.total"))?;
        let split_above = amount(above, &format!("{place}.split_above"))?;
        amount(self.excluded.1, &format!("{place}.excluded.amount"))?;
        let root = hex(root, &format!("{place}.root"))?;
        if pieces == 1 && split_above != 0 {
            return Err(bad());
        }
        Ok(AssetRow { asset: asset.to_string(), count, total, root, pieces, split_above })
    }
}

type RawPiece<'a> = ([&'a str; 2], i64, Vec<[&'a str; 2]>);

/// Read a por-proof/1 document that JSON has been made of: types and keys of the whole first, values after. The
/// envelope inside it is the caller's to check.
pub fn parse_proof(value: &Value) -> Result<Proof> {
    let bad = || Error::new(Code::ProofMalformed, "proof: not what a proof has");
    let Value::Object(members) = value else {
        return Err(bad());
    };
    match members.iter().find(|(key, _)| key == "format") {
        Some((_, Value::Text(format))) if format == PROOF_FORMAT => {}
        Some((_, Value::Text(_))) => return refuse(Code::ProofFormat, "proof.format: another version"),
        _ => return Err(bad()),
    }
    let (id, digest, raw) = raw_proof(value).ok_or_else(bad)?;
    let snapshot_id = hex(id, "proof.snapshot_id")?;
    if let Some(digest) = digest {
        hex::<32>(digest, "proof.attestation.digest")?;
    }
    let mut entries = Vec::with_capacity(raw.len());
    for (asset, raw) in raw {
        let mut pieces = Vec::with_capacity(raw.len());
        for (i, piece) in raw.iter().enumerate() {
            pieces.push(check_piece(piece, &format!("proof: {} piece {i}", shown(asset)))?);
        }
        entries.push(Entry { asset: asset.to_string(), pieces });
    }
    Ok(Proof { snapshot_id, entries })
}

type RawProof<'a> = (&'a str, Option<&'a str>, Vec<(&'a str, Vec<RawPiece<'a>>)>);

fn raw_proof(value: &Value) -> Option<RawProof<'_>> {
    let (id, entries, digest) = match fields(value, ["format", "snapshot_id", "entries"]) {
        Some([_, id, entries]) => (id, entries, None),
        None => {
            let [_, id, entries, attestation] = fields(value, ["format", "snapshot_id", "entries", "attestation"])?;
            (id, entries, Some(attestation))
        }
    };
    let digest = match digest {
        None => None,
        Some(attestation) => match (fields(attestation, ["digest"]), fields(attestation, ["digest", "envelope"])) {
            (Some([digest]), _) | (None, Some([digest, Value::Object(_)])) => Some(text(digest)?),
            _ => return None,
        },
    };
    let mut found = Vec::new();
    for entry in list(entries)? {
        let [asset, pieces] = fields(entry, ["asset", "pieces"])?;
        let pieces: Option<Vec<_>> = list(pieces)?.iter().map(raw_piece).collect();
        found.push((text(asset)?, pieces?));
    }
    Some((text(id)?, digest, found))
}

fn raw_piece(value: &Value) -> Option<RawPiece<'_>> {
    let [amount, nonce, index, path] = fields(value, ["amount", "nonce", "index", "path"])?;
    let step = |step| {
        let [hash, sum] = fields(step, ["hash", "sum"])?;
        Some([text(hash)?, text(sum)?])
    };
    let path: Option<Vec<_>> = list(path)?.iter().map(step).collect();
    Some(([text(amount)?, text(nonce)?], int(index)?, path?))
}

fn check_piece(raw: &RawPiece<'_>, place: &str) -> Result<Piece> {
    let ([units, nonce], index, steps) = raw;
    let units = amount(units, &format!("{place}.amount"))?;
    let nonce = hex(nonce, &format!("{place}.nonce"))?;
    let mut path = Vec::with_capacity(steps.len());
    for (i, [hash, sum]) in steps.iter().enumerate() {
        let hash = hex(hash, &format!("{place}.path[{i}].hash"))?;
        let sum = amount(sum, &format!("{place}.path[{i}].sum"))?;
        path.push(crate::compact::Node { hash, sum });
    }
    // a negative index is of the right type and as far out of range as any
    Ok(Piece { amount: units, nonce, index: u64::try_from(*index).unwrap_or(u64::MAX), path })
}

/// Sees asset codes one after the other: each once, in ascending order.
#[derive(Default)]
pub struct Ascending<'a> {
    seen: HashSet<&'a str>,
    before: &'a str,
}

impl<'a> Ascending<'a> {
    /// Refuse a code that was seen (`repeated`) or is less than the one before (`order`).
    pub fn next(&mut self, code: &'a str, repeated: Code, order: Code) -> Result<()> {
        if !self.seen.insert(code) {
            return refuse(repeated, format!("{} stands twice", shown(code)));
        }
        if code < self.before {
            return refuse(order, format!("{} stands after {}", shown(code), shown(self.before)));
        }
        self.before = code;
        Ok(())
    }
}

/// `[A-Z0-9][A-Z0-9.-]{0,31}` with an optional `:` and `[a-z-]{1,24}`.
pub fn check_asset(code: &str, place: &str) -> Result<()> {
    let (base, class) = code.split_once(':').map_or((code, None), |(base, class)| (base, Some(class)));
    let capital = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let base_fits = (1..=32).contains(&base.len())
        && capital(base.as_bytes()[0])
        && base.bytes().all(|byte| capital(byte) || byte == b'.' || byte == b'-');
    let class_fits = class.is_none_or(|class| {
        (1..=24).contains(&class.len()) && class.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    });
    if base_fits && class_fits { Ok(()) } else { refuse(Code::AssetMalformed, format!("{place}: not an asset code")) }
}

/// Exactly `N` bytes of lower-case hex.
pub fn hex<const N: usize>(text: &str, place: &str) -> Result<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut out = [0; N];
    let good = text.len() == 2 * N
        && out.iter_mut().zip(text.as_bytes().chunks_exact(2)).all(|(byte, pair)| {
            match (digit(pair[0]), digit(pair[1])) {
                (Some(high), Some(low)) => {
                    *byte = high << 4 | low;
                    true
                }
                _ => false,
            }
        });
    if good { Ok(out) } else { refuse(Code::HexMalformed, format!("{place}: not {N} bytes of lower-case hex")) }
}

fn amount(text: &str, place: &str) -> Result<u128> {
    parse_canonical(text).map_err(|code| Error::new(code, format!("{place}: not an amount in base units")))
}

/// The members of an object that has exactly these keys.
fn fields<'a, const N: usize>(value: &'a Value, names: [&str; N]) -> Option<[&'a Value; N]> {
    let Value::Object(members) = value else { return None };
    let mut found = [value; N];
    for (slot, name) in found.iter_mut().zip(names) {
        *slot = &members.iter().find(|(key, _)| key == name)?.1;
    }
    (members.len() == N).then_some(found)
}

fn text(value: &Value) -> Option<&str> {
    if let Value::Text(text) = value { Some(text) } else { None }
}

fn int(value: &Value) -> Option<i64> {
    if let Value::Int(number) = value { Some(*number) } else { None }
}

fn list(value: &Value) -> Option<&Vec<Value>> {
    if let Value::List(items) = value { Some(items) } else { None }
}

fn shown(text: &str) -> String {
    text.chars().take(60).flat_map(char::escape_debug).collect()
}
