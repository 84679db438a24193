//! One error for everything the kernel refuses.
//!
//! A [`Code`] is the stable slug that other languages test for; the message names the place in lower case.

use std::fmt;

macro_rules! codes {
    ($($name:ident $slug:literal $hint:literal,)*) => {
        /// What is wrong. The slugs are shared with the Python verifier and with fixtures/vectors.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code { $(#[doc = $slug] $name,)* }

        impl Code {
            /// The stable slug, such as `root-mismatch`.
            pub fn slug(self) -> &'static str {
                match self { $(Code::$name => $slug,)* }
            }

            /// The mend, in one line.
            pub fn hint(self) -> &'static str {
                match self { $(Code::$name => $hint,)* }
            }
        }
    };
}

codes! {
    // proofs and statements
    JsonMalformed "json-malformed" "the file is damaged or not one of ours; fetch it again",
    JsonNotCanonical "json-not-canonical" "fetch the file again; editors and pretty-printers change its bytes",
    StatementMalformed "statement-malformed" "compare the statement with docs/spec",
    StatementAssetRepeated "statement-asset-repeated" "one statement has each asset once; refuse it",
    StatementAssetOrder "statement-asset-order" "assets stand in ascending order; refuse the statement",
    AssetMalformed "asset-malformed" "use capitals and digits such as BTC, with a class as in BTC:lent",
    HexMalformed "hex-malformed" "the file is damaged or not one of ours; fetch it again",
    AmountNotCanonical "amount-not-canonical" "amounts are strings of digits without sign or leading zero",
    AmountTooLarge "amount-too-large" "amounts stay below 2^128",
    ProofMalformed "proof-malformed" "the file is damaged or not a proof; fetch it again",
    ProofFormat "proof-format" "this proof has another version; use a newer verifier",
    SnapshotMismatch "snapshot-mismatch" "use the proof and the statement of the same snapshot",
    AssetRepeated "asset-repeated" "a proof shows each asset once; do not accept this one",
    AssetOrder "asset-order" "entries stand in ascending order; do not accept this proof",
    AssetUnknown "asset-unknown" "name the asset in the snapshot, or correct its code",
    IndexOutOfRange "index-out-of-range" "the proof does not belong to this statement",
    PathLength "path-length" "the proof does not belong to this statement",
    IndexRepeated "index-repeated" "one leaf is shown twice; do not accept this proof",
    SumOverflow "sum-overflow" "sums stay below 2^128; check the amounts and the decimals",
    PiecesCount "pieces-count" "a piece of the balance is missing or added; do not accept this proof",
    RootMismatch "root-mismatch" "check that the account id is typed exactly; else the proof is false",
    TotalMismatch "total-mismatch" "the statement's total is not the one its root commits to; keep both files",
    // ledgers
    AccountIdMalformed "account-id-malformed" "account ids are 1 to 255 printable ASCII characters without blanks",
    AccountIdNull "account-id-null" "every row names an account",
    AssetNull "asset-null" "every row names an asset",
    AmountNull "amount-null" "every row has an amount; write 0 for none",
    AmountMalformed "amount-malformed" "write whole base units (120), or with decimals allowed 1234.5",
    AmountNegative "amount-negative" "mend the row, or leave debts out and report them with --negative exclude",
    AmountTooFine "amount-too-fine" "amounts are exact and never rounded; check the asset's decimals",
    AmountFloat "amount-float" "floats lose money; store amounts as integers, decimals or text",
    RowRepeated "row-repeated" "one row per account and asset; add them up with --sum-duplicates",
    ColumnMissing "column-missing" "a ledger has the columns account_id, asset and amount",
    ColumnType "column-type" "account_id and asset are text; amount is text, integer or decimal",
    StreamFailed "stream-failed" "the source of the rows failed; read it again",
    BuildFinished "build-finished" "start a new build",
    ArgumentMalformed "argument-malformed" "see the type stub of por_kernel",
    // keys and stores
    KeyMalformed "key-malformed" "a snapshot key is 32 bytes",
    KeyMismatch "key-mismatch" "use the key of the snapshot that the store was built for",
    StoreDamaged "store-damaged" "restore the file, or build the liabilities again from the ledger",
    StoreVersion "store-version" "build the liabilities again with this version",
    FileMissing "file-missing" "check the path",
    FileUnreachable "file-unreachable" "check the path and its permissions",
    Interrupted "interrupted" "run the same command again",
    FileDamaged "file-damaged" "check the disk, and make the file again",
    DiskFull "disk-full" "free some space and run the same command again",
}

/// A refusal: what is wrong, where, and for ledgers in which row (1-based, the header not counted).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The stable reason.
    pub code: Code,
    /// One line in lower case that names the place.
    pub message: String,
    /// First offending ledger row.
    pub row: Option<u64>,
    /// Every kind of fault found in a ledger, this one included; empty for other errors.
    pub faults: Vec<crate::faults::Kind>,
}

impl Error {
    /// An error without a ledger row.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), row: None, faults: Vec::new() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code.slug(), self.message)
    }
}

impl std::error::Error for Error {}

/// The kernel's result.
pub type Result<T> = std::result::Result<T, Error>;

/// Shorthand for returning an [`Error`].
pub fn refuse<T>(code: Code, message: impl Into<String>) -> Result<T> {
    Err(Error::new(code, message))
}
