//! Proof of liabilities: salted, sorted sum trees, their store and their proofs.
//!
//! Rows of a ledger become leaves ([`collect`]), leaves become trees ([`build`], over [`reduce`] and [`compact`]), a
//! tree becomes a store ([`store`]) out of which proofs are read ([`prove`]), and [`verify`] checks a proof's bytes. The
//! formats are in docs/spec. This crate knows no Python, opens no files and has no clock.

#![forbid(unsafe_code)]

pub mod addup;
pub mod amounts;
pub mod build;
pub mod bulk;
pub mod check;
pub mod collect;
pub mod compact;
pub mod derive;
pub mod document;
pub mod entries;
pub mod error;
pub mod faults;
pub mod hash;
pub mod json;
pub mod leaf;
pub mod leaf_file;
pub mod parallel;
pub mod partition;
pub mod piece;
pub mod prove;
pub mod reduce;
pub mod settings;
pub mod shape;
pub mod sorted;
pub mod spill;
pub mod split;
pub mod stock;
pub mod store;
pub mod verify;

pub use error::{Code, Error, Result};
