//! What must hold for any bytes whatever: nothing panics, what is read re-encodes to itself, what is accepted is true.
//!
//! Each returns whether the bytes were accepted. Plain functions, so that libFuzzer (kernel/fuzz/fuzz_targets) and the test command (kernel/tests/fuzz.rs) share them.

use std::sync::LazyLock;

use por_kernel_core::json::{self, Value};
use por_kernel_core::prove::Store;
use por_kernel_core::{Code, amounts, hash, verify};

/// The person of the vector below.
pub const ACCOUNT: &[u8] = b"alice@example.jp";

/// The key that stores to be spoiled are built with.
pub const KEY: [u8; 32] = *b"one snapshot key and always same";

static VECTOR: LazyLock<serde_json::Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../../fixtures/vectors/good-all-assets.json")).expect("a vector")
});

/// The honest proof of that person, in all assets, one of them split.
pub static PROOF: LazyLock<Vec<u8>> = LazyLock::new(|| serde_json::to_vec(&VECTOR["proof"]).expect("a proof"));

/// The statement that it holds under.
pub static STATEMENT: LazyLock<Vec<u8>> =
    LazyLock::new(|| serde_json::to_vec(&VECTOR["statement"]).expect("a statement"));

/// JSON that is read is canonical: it re-encodes to the very same bytes.
pub fn json(data: &[u8]) -> bool {
    let value = json::decode(data, "fuzz");
    if let Ok(value) = &value {
        let mut again = Vec::new();
        json::encode(value, &mut again);
        assert_eq!(again, data);
    }
    if let Ok(text) = std::str::from_utf8(data) {
        if let Ok(units) = amounts::parse_canonical(text) {
            assert_eq!(units.to_string(), text);
        }
    }
    value.is_ok()
}

/// A proof that is accepted under the honest statement has no piece but honest ones.
pub fn proof(data: &[u8]) -> bool {
    let Ok(found) = verify::verify(data, &STATEMENT, ACCOUNT) else { return false };
    let (shown, honest) = (entries(data), entries(&PROOF));
    assert_eq!(found.len(), shown.len());
    for (asset, pieces) in shown {
        let own = &honest.iter().find(|(code, _)| *code == asset).expect("an asset that the account has").1;
        assert!(pieces.iter().all(|piece| own.contains(piece)), "a piece that the tree does not have");
    }
    true
}

fn entries(data: &[u8]) -> Vec<(Value, Vec<Value>)> {
    let Ok(Value::Object(top)) = json::decode(data, "proof") else { panic!("accepted, but no object") };
    let Some((_, Value::List(entries))) = top.into_iter().find(|(key, _)| key == "entries") else {
        panic!("accepted, but without entries")
    };
    let split = |entry| match entry {
        Value::Object(members) => match members.as_slice() {
            [(_, asset), (_, Value::List(pieces))] => (asset.clone(), pieces.clone()),
            _ => panic!("accepted, but an entry has other members"),
        },
        _ => panic!("accepted, but an entry is no object"),
    };
    entries.into_iter().map(split).collect()
}

/// No statement makes the honest proof show anything but the honest amounts.
pub fn statement(data: &[u8]) -> bool {
    let Ok(found) = verify::verify(&PROOF, data, ACCOUNT) else { return false };
    for found in found {
        assert_eq!(VECTOR["found"][&found.asset], found.amount.to_string());
    }
    true
}

/// A store is not a trust boundary, but no damage may panic or give a proof that does not hold under its own head.
///
/// The digests of the head are mended first, because nothing gets past them otherwise.
pub fn store(data: &[u8]) -> bool {
    let mut bytes = data.to_vec();
    mend(&mut bytes);
    let Ok(store) = Store::open(bytes) else { return false };
    let mut proved = false;
    for account in [ACCOUNT, b"nobody", b"user-1"] {
        match store.prove(&KEY, account) {
            Ok(pieces) => proved |= pieces.is_some(),
            Err(error) => assert!(
                matches!(error.code, Code::StoreDamaged | Code::KeyMismatch | Code::ArgumentMalformed),
                "{error:?}"
            ),
        }
    }
    proved
}

/// Put the right digest at the end of the head, wherever its table says that the head ends.
fn mend(bytes: &mut [u8]) {
    let buckets = match bytes.get(96..104) {
        Some(count) if u64::from_be_bytes(count.try_into().expect("eight bytes")) < 1 << 16 => 1,
        _ => 256,
    };
    let end = 192 + 8 * (buckets + 1) + 32 * buckets;
    if bytes.len() >= end + 32 {
        let digest = hash::digest(&bytes[..end]);
        bytes[end..end + 32].copy_from_slice(&digest);
    }
}
