//! Does a proof check? Shape before hashing, and every parameter from the statement, never from the proof.
//!
//! The order of the checks is part of the specification, so that all verifiers give the same reason.

use crate::compact::{Node, add};
use crate::document::{self, AssetRow, Entry, Piece};
use crate::error::{Code, Error, Result, refuse};
use crate::hash;
use crate::shape;
use crate::split::Rule;

/// Longest account id, in bytes.
pub const MAX_ACCOUNT_ID: usize = 255;

/// What was found for an account under one asset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The asset's code.
    pub asset: String,
    /// Base units over all pieces.
    pub amount: u128,
}

/// Check a proof's bytes against a statement's, for the account id that the person typed.
pub fn verify(proof: &[u8], statement: &[u8], account_id: &[u8]) -> Result<Vec<Found>> {
    let statement = document::parse_statement(statement)?;
    let proof = crate::json::decode(proof, "proof")?;
    check_account_id(account_id)?;
    let proof = document::parse_proof(&proof)?;
    if proof.snapshot_id != statement.snapshot_id {
        return refuse(Code::SnapshotMismatch, "proof.snapshot_id: not the statement's");
    }
    let mut rows: Vec<&AssetRow> = Vec::with_capacity(proof.entries.len());
    let mut ascending = document::Ascending::default();
    for (i, entry) in proof.entries.iter().enumerate() {
        ascending.next(&entry.asset, Code::AssetRepeated, Code::AssetOrder)?;
        match statement.assets.iter().find(|row| row.asset == entry.asset) {
            Some(row) => rows.push(row),
            None => {
                return refuse(Code::AssetUnknown, format!("proof: entry {i} is of an asset that the statement lacks"));
            }
        }
    }
    let mut found = Vec::with_capacity(rows.len());
    for (entry, row) in proof.entries.iter().zip(&rows) {
        let amount = check_shape(&entry.pieces, row)?;
        found.push(Found { asset: entry.asset.clone(), amount });
    }
    for (Entry { pieces, .. }, row) in proof.entries.iter().zip(rows) {
        for piece in pieces {
            check_piece(piece, row, account_id)?;
        }
    }
    Ok(found)
}

/// 1 to 255 bytes of 0x21 to 0x7E.
pub fn check_account_id(account_id: &[u8]) -> Result<()> {
    if is_account_id(account_id) { Ok(()) } else { refuse(Code::AccountIdMalformed, "the account id is malformed") }
}

/// Whether these bytes can be an account id.
pub fn is_account_id(account_id: &[u8]) -> bool {
    (1..=MAX_ACCOUNT_ID).contains(&account_id.len()) && account_id.iter().all(|byte| (0x21..=0x7e).contains(byte))
}

/// Indices, path lengths and the number of pieces of one entry; returns the sum of the pieces.
pub fn check_shape(pieces: &[Piece], row: &AssetRow) -> Result<u128> {
    let asset = &row.asset;
    for (i, piece) in pieces.iter().enumerate() {
        if piece.index >= row.count {
            return refuse(Code::IndexOutOfRange, format!("proof: {asset} piece {i}: no such leaf"));
        }
        let wanted = shape::path_length(piece.index, row.count);
        if piece.path.len() != wanted {
            let has = piece.path.len();
            return refuse(Code::PathLength, format!("proof: {asset} piece {i}: {has} siblings instead of {wanted}"));
        }
    }
    let mut indices: Vec<u64> = pieces.iter().map(|piece| piece.index).collect();
    indices.sort_unstable();
    if indices.windows(2).any(|pair| pair[0] == pair[1]) {
        return refuse(Code::IndexRepeated, format!("proof: {asset}: one leaf stands twice"));
    }
    let sum = pieces.iter().try_fold(0, |sum, piece| add(sum, piece.amount))?;
    let wanted = Rule { pieces: row.pieces, above: row.split_above }.count(sum);
    if pieces.len() != wanted as usize {
        let has = pieces.len();
        return refuse(Code::PiecesCount, format!("proof: {asset}: {has} pieces instead of {wanted}"));
    }
    Ok(sum)
}

/// Recompute the leaf and the path up to the root. The shape has been checked.
pub fn check_piece(piece: &Piece, row: &AssetRow, account_id: &[u8]) -> Result<()> {
    let mut node = Node { hash: hash::leaf(&piece.nonce, piece.amount, account_id), sum: piece.amount };
    for (step, sibling) in shape::path(piece.index, row.count).zip(&piece.path) {
        node = if step.left { Node::parent(sibling, &node)? } else { Node::parent(&node, sibling)? };
    }
    let asset = &row.asset;
    if node.hash != row.root {
        return Err(Error::new(
            Code::RootMismatch,
            format!("proof: {asset}: the path does not lead to the signed root"),
        ));
    }
    if node.sum != row.total {
        let message = format!("proof: {asset}: the root's sum is not the total that was signed");
        return Err(Error::new(Code::TotalMismatch, message));
    }
    Ok(())
}
