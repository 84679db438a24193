//! The shared vectors: every verifier gives the same answer, and the same reason, for each.

use std::path::Path;

use por_kernel_core::verify::verify;
use serde_json::Value;

/// The document as bytes: its JCS, or the text where bytes matter that no document can hold.
fn bytes(vector: &Value, key: &str) -> Vec<u8> {
    match vector.get(format!("{key}_text")) {
        Some(text) => text.as_str().expect("a text").as_bytes().to_vec(),
        None => serde_json::to_vec(&vector[key]).expect("a document"),
    }
}

#[test]
fn all_vectors_come_out_as_they_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/vectors");
    let mut seen = 0;
    for file in std::fs::read_dir(&folder).expect("fixtures/vectors beside the kernel") {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let vector: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (proof, statement) = (bytes(&vector, "proof"), bytes(&vector, "statement"));
        let account_id = vector["account_id"].as_str().unwrap();
        let found = verify(&proof, &statement, account_id.as_bytes());
        let answer = found.as_ref().map_or_else(|error| error.code.slug(), |_| "ok");
        assert_eq!(answer, vector["expect"].as_str().unwrap(), "{}", path.display());
        if let Ok(found) = found {
            let wanted = vector["found"].as_object().unwrap();
            assert_eq!(found.len(), wanted.len(), "{}", path.display());
            for row in found {
                assert_eq!(wanted[&row.asset], row.amount.to_string(), "{}", path.display());
            }
        }
        seen += 1;
    }
    assert!(seen > 100, "only {seen} vectors");
}
